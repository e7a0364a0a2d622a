//! Why something is not done. This module imports nothing of ours.

use std::fmt;

/// Why no impersonation starts. It holds nothing of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StartError {
    /// The reason is missing, shorter or longer than is set, or holds control characters.
    Reason,
    /// The ticket is empty, longer than 128 characters, or holds control characters.
    Ticket,
    /// The session would be shorter than a second.
    MaxDuration,
    /// The session token would be larger than the cookie that browsers take (4,096 bytes): give a shorter reason.
    TooLarge,
    /// The caller has proved too long ago who they are: sign in anew.
    NotFresh,
    /// The policy refuses it, or there is no such user: which, is not told.
    Refused,
    /// The user has not agreed, or no longer. It is told to those alone whom the policy allows to act as the user.
    NoConsent,
    /// The caller has started too often within an hour.
    TooManyStarts {
        /// Seconds until the next start may be tried.
        retry_after: u32,
    },
    /// As many impersonations of the caller run as may at a time: stop one first.
    TooManySessions,
    /// What is to be collected does not wait for this caller, was not approved, or was approved too long ago.
    NotApproved,
    /// The record, the database, the policy, the clock or the keys cannot be had for now. Nothing has started.
    Unavailable,
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reason => {
                "the reason is missing, too short or too long, or holds control characters"
            }
            Self::Ticket => "a ticket has 1 to 128 characters, and no control characters",
            Self::MaxDuration => "a session lasts a second at least",
            Self::TooLarge => {
                "the session token would be larger than a cookie: give a shorter reason"
            }
            Self::NotFresh => "the last sign-in was too long ago: sign in anew",
            Self::Refused => "this user cannot be impersonated",
            Self::NoConsent => "the user has not agreed to be impersonated",
            Self::TooManyStarts { .. } => "too many impersonations were started within an hour",
            Self::TooManySessions => "another impersonation runs: stop it first",
            Self::NotApproved => "the start is not approved, or was approved too long ago",
            Self::Unavailable => "impersonation cannot be started for now",
        })
    }
}

impl std::error::Error for StartError {}

/// Why a ticket is not redeemed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedeemError {
    /// The ticket is unknown, used or too old, or comes from another browser or another caller than that of its start: which,
    /// is not told.
    Refused,
    /// The database, the policy, the clock or the keys cannot be had for now. The ticket may be used up: start again.
    Unavailable,
}

impl fmt::Display for RedeemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "the ticket is not good here, or no longer: start again",
            Self::Unavailable => "the ticket cannot be redeemed for now: start again",
        })
    }
}

impl std::error::Error for RedeemError {}

/// Why a start is not approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApproveError {
    /// There is no such start, the caller is its actor or its user, or the policy refuses: which, is not told.
    Refused,
    /// It does not wait to be approved any longer.
    NotPending,
    /// The database, the policy or the clock cannot be had for now.
    Unavailable,
}

impl fmt::Display for ApproveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "this start cannot be approved by this caller",
            Self::NotPending => "this start does not wait to be approved any longer",
            Self::Unavailable => "starts cannot be approved for now",
        })
    }
}

impl std::error::Error for ApproveError {}

/// Why nothing is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RevokeError {
    /// The reason is missing, shorter or longer than is set, or holds control characters.
    Reason,
    /// The policy refuses it.
    Refused,
    /// The record, the database or the policy cannot be had for now. Some of it may be revoked: try again.
    Unavailable,
}

impl fmt::Display for RevokeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reason => {
                "the reason is missing, too short or too long, or holds control characters"
            }
            Self::Refused => "this caller cannot revoke it",
            Self::Unavailable => "it cannot be revoked for now: try again",
        })
    }
}

impl std::error::Error for RevokeError {}
