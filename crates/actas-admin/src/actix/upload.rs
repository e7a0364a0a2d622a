//! The request's body. actix-web's stays on its thread; what a service of tower is given may leave it.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::rt;
use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;

/// One waits to be taken while actix-web reads the next.
const CHUNKS: usize = 1;

/// The body that the service reads.
pub(super) struct Upload {
    pieces: mpsc::Receiver<Piece>,
    over: bool,
}

enum Piece {
    Chunk(Bytes),
    Broken(PayloadError),
    End,
}

/// Why a request's body ended before its time.
#[derive(Debug)]
pub(super) struct BrokenOff {
    source: Option<PayloadError>,
}

impl Upload {
    /// Reads `payload` in a task of this thread, for as long as the body is there to be read.
    pub(super) fn new(payload: Payload) -> Self {
        let (sender, pieces) = mpsc::channel(CHUNKS);
        let over = matches!(payload, Payload::None);
        if !over {
            rt::spawn(pump(payload, sender));
        }
        Self { pieces, over }
    }
}

async fn pump(mut payload: Payload, sender: mpsc::Sender<Piece>) {
    loop {
        // Room first: what is not read from the socket yet holds the client back.
        let Ok(room) = sender.reserve().await else {
            return;
        };
        let piece = {
            let mut gone = pin!(sender.closed());
            poll_fn(|context| {
                if gone.as_mut().poll(context).is_ready() {
                    return Poll::Ready(None);
                }
                next(&mut payload, context).map(Some)
            })
            .await
        };
        match piece {
            Some(piece @ Piece::Chunk(_)) => room.send(piece),
            Some(last) => return room.send(last),
            None => return,
        }
    }
}

fn next(payload: &mut Payload, context: &mut Context<'_>) -> Poll<Piece> {
    Pin::new(payload).poll_next(context).map(|item| match item {
        Some(Ok(chunk)) => Piece::Chunk(chunk),
        Some(Err(error)) => Piece::Broken(error),
        None => Piece::End,
    })
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if self.over {
            return Poll::Ready(None);
        }
        let piece = ready!(self.pieces.poll_recv(context));
        if let Some(Piece::Chunk(chunk)) = piece {
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        self.over = true;
        Poll::Ready(match piece {
            Some(Piece::Broken(error)) => Some(Err(BrokenOff {
                source: Some(error),
            })),
            // The task was dropped: what was read so far must not pass for the whole.
            None => Some(Err(BrokenOff { source: None })),
            Some(Piece::End | Piece::Chunk(_)) => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.over
    }

    fn size_hint(&self) -> SizeHint {
        if self.over {
            return SizeHint::with_exact(0);
        }
        SizeHint::new()
    }
}

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request's body broke off")
    }
}

impl std::error::Error for BrokenOff {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source
            .as_ref()
            .map(|error| error as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::rt::System;
    use futures_util::stream;
    use http_body_util::BodyExt;

    use super::*;

    #[test]
    fn a_body_that_nobody_reads_any_more_ends_the_reading() {
        System::new().block_on(async {
            let (alive, mut dropped) = mpsc::channel::<()>(1);
            // A client that has sent nothing yet.
            let silent = stream::poll_fn(move |_| {
                let _ = &alive;
                Poll::Pending
            });
            let payload: Payload = Payload::Stream {
                payload: Box::pin(silent),
            };
            let mut upload = Upload::new(payload);
            let frame = poll_fn(|context| Poll::Ready(Pin::new(&mut upload).poll_frame(context)));
            assert!(frame.await.is_pending());
            tokio::task::yield_now().await;
            drop(upload);
            assert!(dropped.recv().await.is_none());
        });
    }

    #[test]
    fn what_was_read_before_the_reading_was_dropped_is_not_the_whole() {
        System::new().block_on(async {
            let (sender, pieces) = mpsc::channel(CHUNKS);
            let chunk = Piece::Chunk(Bytes::from_static(b"half"));
            assert!(sender.send(chunk).await.is_ok());
            drop(sender);
            let upload = Upload {
                pieces,
                over: false,
            };
            let error = upload.collect().await.unwrap_err();
            assert_eq!(error.to_string(), "the request's body broke off");
        });
    }
}
