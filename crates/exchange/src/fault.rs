//! What can go wrong on the way, from either end, each with a stable code.
//!
//! [`Wrong`] is what a server answers to a request that it cannot serve. [`ExchangeFault`] is what the caller's node is told: always a fault
//! of the world, and with it whether to try again without anybody's doing, and when at the earliest.

use terms::Fault;

/// Why a request was not served: status, code and sentence of `docs/spec/exchange.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// The body is no batch.
    #[error("the body is no batch: {0}")]
    Framing(&'static str),
    /// More bytes than allowed.
    #[error("{0} is larger than allowed")]
    TooLarge(&'static str),
    /// The body did not arrive in time.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// The body broke off.
    #[error("the body broke off")]
    BrokenOff,
    /// The caller's certificate is not, or no longer, named by an approved card.
    #[error("the authority of this certificate is not, or no longer, a peer of this node")]
    NotAPeer,
    /// There is no such route, file or exhibit.
    #[error("there is nothing at this address")]
    NoSuchPlace,
    /// Another method than the route has.
    #[error("this address knows only {0}")]
    Method(&'static str),
    /// A range outside, or of another form.
    #[error("one range within the exhibit can be asked for, as bytes=FIRST- or bytes=FIRST-LAST")]
    Range {
        /// The size of the exhibit in bytes.
        size: u64,
    },
    /// This caller has too much under way.
    #[error("your node has too many connections or batches under way here")]
    TooMany,
    /// All callers together have too much under way.
    #[error("this node has too much under way")]
    Busy,
    /// A broken promise of our own.
    #[error("this node broke a promise of its own; its operator finds it in the log")]
    Bug,
}

impl Wrong {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Framing(_) | Self::BrokenOff => "exchange.framing",
            Self::TooLarge(_) => "exchange.too-large",
            Self::TooSlow => "exchange.too-slow",
            Self::NotAPeer => "exchange.not-a-peer",
            Self::NoSuchPlace => "exchange.no-such-place",
            Self::Method(_) => "exchange.method",
            Self::Range { .. } => "exchange.range",
            Self::TooMany => "exchange.too-many",
            Self::Busy => "exchange.busy",
            Self::Bug => "exchange.bug",
        }
    }
    pub(crate) const fn status(&self) -> u16 {
        match self {
            Self::Framing(_) | Self::BrokenOff => 400,
            Self::NotAPeer => 403,
            Self::NoSuchPlace => 404,
            Self::Method(_) => 405,
            Self::TooSlow => 408,
            Self::TooLarge(_) => 413,
            Self::Range { .. } => 416,
            Self::TooMany => 429,
            Self::Bug => 500,
            Self::Busy => 503,
        }
    }
    /// After these the body, if any, is not read to its end, so the connection cannot go on.
    pub(crate) const fn closes(&self) -> bool {
        !matches!(self, Self::NoSuchPlace | Self::Method(_) | Self::Range { .. })
    }
}

/// Why something did not travel.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeFault {
    /// The certificate and the private key of this node cannot be used.
    #[error("the certificate or private key for TLS cannot be used: {0}")]
    Identity(String),
    /// The card names no endpoint.
    #[error("the card of {0} names no endpoint that can be used: only the pouch reaches it")]
    NoEndpoint(String),
    /// The configuration names an address that cannot be used.
    #[error("{address} cannot be asked for time stamps: {why}")]
    Address {
        /// As it was written.
        address: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No endpoint answered.
    #[error("{peer} cannot be reached: {tried}")]
    Unreachable {
        /// Whom.
        peer: String,
        /// Each endpoint, and what happened there.
        tried: String,
    },
    /// A node answered that is not the peer's.
    #[error(
        "at {endpoint} a node answered whose certificate the approved card of {peer} does not name; nothing was sent"
    )]
    Pin {
        /// Whom we meant.
        peer: String,
        /// Where.
        endpoint: String,
    },
    /// The peer does not know us.
    #[error(
        "{peer} does not accept the certificate of this node; it may not hold our present card, or have suspended us"
    )]
    TurnedAway {
        /// By whom.
        peer: String,
    },
    /// Not done in time.
    #[error("{peer} did not answer in time: {doing}")]
    Timeout {
        /// Who.
        peer: String,
        /// What was waited for.
        doing: &'static str,
    },
    /// The connection broke.
    #[error("the connection to {peer} broke: {why}")]
    Broken {
        /// With whom.
        peer: String,
        /// What the system said.
        why: String,
    },
    /// The peer answered with a refusal.
    #[error("{peer} refused: {code} {sentence}")]
    Refused {
        /// Who.
        peer: String,
        /// The peer's code.
        code: String,
        /// The peer's sentence.
        sentence: String,
        /// Whether the peer's node, and not this request, is in the way.
        retryable: bool,
    },
    /// The peer is busy.
    #[error("{peer} asks to wait {after_seconds} s")]
    Later {
        /// Who.
        peer: String,
        /// How long, in seconds, at most an hour.
        after_seconds: u64,
    },
    /// An answer that is none.
    #[error("{peer} answered what no node answers: {why}")]
    Malformed {
        /// Who.
        peer: String,
        /// What is wrong with it.
        why: String,
    },
    /// More was asked for than travels at once.
    #[error("{0} cannot travel: it is empty or larger than allowed")]
    TooLarge(&'static str),
}

impl ExchangeFault {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Identity(_) => "exchange.identity",
            Self::NoEndpoint(_) => "exchange.no-endpoint",
            Self::Address { .. } => "exchange.address",
            Self::Unreachable { .. } => "exchange.unreachable",
            Self::Pin { .. } => "exchange.tls-pin",
            Self::TurnedAway { .. } => "exchange.turned-away",
            Self::Timeout { .. } => "exchange.timeout",
            Self::Broken { .. } => "exchange.broken",
            Self::Refused { .. } => "exchange.refused-by-peer",
            Self::Later { .. } => "exchange.later",
            Self::Malformed { .. } => "exchange.malformed-answer",
            Self::TooLarge(_) => "exchange.too-large",
        }
    }
    /// Whether the same call may succeed later without anybody's doing.
    pub const fn retryable(&self) -> bool {
        match self {
            Self::Refused { retryable, .. } => *retryable,
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Broken { .. } | Self::Later { .. } => true,
            _ => false,
        }
    }
    /// The seconds for which the peer asked, at most an hour.
    pub const fn retry_after(&self) -> Option<u64> {
        if let Self::Later { after_seconds, .. } = self { Some(*after_seconds) } else { None }
    }
}

impl From<ExchangeFault> for Fault {
    fn from(fault: ExchangeFault) -> Self {
        let told = Self::new(fault.code(), fault.to_string());
        if fault.retryable() { told.retryable() } else { told }
    }
}
