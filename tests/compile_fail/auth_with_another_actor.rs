fn main() {}

fn become_direct(mut auth: actas::Auth) -> Option<actas::Direct> {
    auth.actor = None;
    auth.direct()
}

fn take_the_actor(mut auth: actas::Auth) -> Option<actas::Direct> {
    auth.actor.take();
    auth.direct()
}
