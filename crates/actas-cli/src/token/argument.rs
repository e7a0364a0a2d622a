//! A token that is given where it must not be.

use std::ffi::OsString;

use super::shown::holds_token;
use crate::exit::Exit;
use crate::output;

/// Whether a token stands among the arguments. No message is to repeat them then.
pub(crate) fn is_argument(args: impl IntoIterator<Item = OsString>) -> bool {
    let mut args = args.into_iter().skip(1);
    args.any(|arg| holds_token(&arg.to_string_lossy()))
}

/// Says why, without the token.
pub(crate) fn refuse_argument() -> Exit {
    output::failed(
        "a token is given as an argument: others on this machine can see it there, and it stays in the shell's history; \
         end its session, and give a token by a file or the standard input: actas verify token.txt …",
        false,
    );
    Exit::Usage
}
