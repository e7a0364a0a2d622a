use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use actas_jwks::RemoteKeys;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio_rustls::TlsAcceptor;

use super::answer::{Answer, Part};
use super::ticks::ManualTicks;

/// How long an event may take that must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server on a thread and runtime of its own, so that it outlives the runtimes of a test.
pub(crate) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    _stop: oneshot::Sender<()>,
}

struct Shared {
    script: Mutex<Script>,
    requests: watch::Sender<Vec<Request>>,
    /// Connections that are open.
    open: watch::Sender<usize>,
}

type Script = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    head: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Server {
    pub(crate) fn new(answer: Answer) -> Self {
        Self::start(answer, None)
    }

    pub(crate) fn with_tls(answer: Answer, acceptor: TlsAcceptor) -> Self {
        Self::start(answer, Some(acceptor))
    }

    fn start(answer: Answer, acceptor: Option<TlsAcceptor>) -> Self {
        let shared = Arc::new(Shared {
            script: Mutex::new(Arc::new(move |_: &Request| answer.clone())),
            requests: watch::Sender::new(Vec::new()),
            open: watch::Sender::new(0),
        });
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&shared);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, served, acceptor) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            scheme,
            shared,
            _stop: stop,
        }
    }

    /// From now on, every request gets this.
    pub(crate) fn answer(&self, answer: Answer) {
        self.script(move |_| answer.clone());
    }

    pub(crate) fn script(&self, script: impl Fn(&Request) -> Answer + Send + Sync + 'static) {
        *self.shared.script.lock().unwrap() = Arc::new(script);
    }

    pub(crate) fn origin(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.address.port())
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/jwks", self.origin())
    }

    /// Keys from here, by this time.
    pub(crate) fn keys(&self, ticks: &ManualTicks) -> RemoteKeys {
        RemoteKeys::from_url(self.url())
            .insecure_allow_http_to_loopback()
            .with_ticks(ticks.clone())
    }

    pub(crate) fn fetches(&self) -> usize {
        self.shared.requests.borrow().len()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.borrow().clone()
    }

    /// Waits until that many requests have come.
    pub(crate) async fn reached(&self, requests: usize) {
        let mut seen = self.shared.requests.subscribe();
        let reached = seen.wait_for(|seen| seen.len() >= requests);
        tokio::time::timeout(PATIENCE, reached)
            .await
            .expect("the requests do not come")
            .unwrap();
    }

    /// Waits until no connection is open.
    pub(crate) async fn deserted(&self) {
        let mut open = self.shared.open.subscribe();
        tokio::time::timeout(PATIENCE, open.wait_for(|open| *open == 0))
            .await
            .expect("a connection stays open")
            .unwrap();
    }
}

/// Waits until no task is left on this runtime: a fetch in the background, if there is one, has ended.
pub(crate) async fn settled() {
    let metrics = tokio::runtime::Handle::current().metrics();
    let idle = async {
        while metrics.num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, idle)
        .await
        .expect("a task is left");
}

async fn serve(
    listener: std::net::TcpListener,
    shared: Arc<Shared>,
    acceptor: Option<TlsAcceptor>,
) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        shared.open.send_modify(|open| *open += 1);
        let (shared, acceptor) = (Arc::clone(&shared), acceptor.clone());
        tokio::spawn(async move {
            // What a client does that hangs up is for the test to judge.
            let _ = connection(stream, &shared, acceptor).await;
            shared.open.send_modify(|open| *open -= 1);
        });
    }
}

async fn connection(
    stream: TcpStream,
    shared: &Shared,
    acceptor: Option<TlsAcceptor>,
) -> std::io::Result<()> {
    if let Some(acceptor) = acceptor {
        return exchange(acceptor.accept(stream).await?, shared)
            .await
            .map(drop);
    }
    stream.set_nodelay(true)?;
    if let Some((stream, true)) = exchange(stream, shared).await? {
        stream.set_zero_linger()?;
    }
    Ok(())
}

/// One request and its answer; whether the connection is to be reset.
async fn exchange<S>(mut stream: S, shared: &Shared) -> std::io::Result<Option<(S, bool)>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    let request = Request { path, head };
    let script = Arc::clone(&shared.script.lock().unwrap());
    let answer = script(&request);
    shared.requests.send_modify(|seen| seen.push(request));
    for part in answer.parts {
        match part {
            Part::Bytes(bytes) => stream.write_all(&bytes).await?,
            Part::Gate(gate) => {
                tokio::select! {
                    () = gate.pass() => {}
                    _ = hung_up(&mut stream) => return Ok(None),
                }
            }
            Part::Times(times, bytes) => {
                for _ in 0..times {
                    stream.write_all(&bytes).await?;
                }
            }
            Part::Pause(time) => {
                tokio::select! {
                    () = tokio::time::sleep(time) => {}
                    _ = hung_up(&mut stream) => return Ok(None),
                }
            }
            Part::Forever(bytes) => loop {
                stream.write_all(&bytes).await?;
            },
            Part::Hang => return hung_up(&mut stream).await.map(|()| None),
            Part::Reset => {
                stream.flush().await?;
                return Ok(Some((stream, true)));
            }
        }
        stream.flush().await?;
    }
    stream.shutdown().await?;
    Ok(Some((stream, false)))
}

async fn hung_up(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<()> {
    while stream.read(&mut [0; 64]).await? > 0 {}
    Ok(())
}
