//! What crosses the border to a database: integers, texts, bytes and nothing, in both directions.
//!
//! Both databases are given only what both can keep alike, so one SQL text serves them. Typed values
//! (identifiers, authorities, moments) are turned into these on the way in and checked on the way out.

use terms::{ActId, AuthorityId, Digest, DocketId, EnvelopeId, ExhibitId, Moment, Salt};

use crate::StoreError;

/// What a statement is given for `$1`, `$2`, …
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Param<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// What a row holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<bool> for Param<'_> {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}
impl From<Moment> for Param<'_> {
    fn from(value: Moment) -> Self {
        Self::Int(value.unix())
    }
}
impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}
impl<'a> From<&'a String> for Param<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}
impl<'a> From<&'a AuthorityId> for Param<'a> {
    fn from(value: &'a AuthorityId) -> Self {
        Self::Text(value.as_str())
    }
}
impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Blob(value)
    }
}
impl<'a> From<&'a Vec<u8>> for Param<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Blob(value)
    }
}
impl<'a, T> From<Option<T>> for Param<'a>
where
    T: Into<Param<'a>>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row, read from its first column to its last.
pub(crate) struct Row {
    values: std::vec::IntoIter<Value>,
}

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self { values: values.into_iter() }
    }
    /// The next column, as what the caller expects it to be.
    pub(crate) fn next<T: Column>(&mut self) -> Result<T, StoreError> {
        let value = self.values.next().ok_or_else(|| StoreError::Corrupt("a row is shorter than expected".into()))?;
        T::read(value)
    }
}

/// A type that one column can be read as.
pub(crate) trait Column: Sized {
    fn read(value: Value) -> Result<Self, StoreError>;
}

/// A type that a whole row can be read as.
pub(crate) trait Record: Sized {
    fn read(row: &mut Row) -> Result<Self, StoreError>;
}

fn unexpected<T>(expected: &str, found: &Value) -> Result<T, StoreError> {
    let found = match found {
        Value::Null => "nothing".to_owned(),
        Value::Int(n) => format!("the number {n}"),
        Value::Text(_) => "a text".to_owned(),
        Value::Blob(bytes) => format!("{} bytes", bytes.len()),
    };
    Err(StoreError::Corrupt(format!("{expected} was expected, {found} found")))
}

impl Column for i64 {
    fn read(value: Value) -> Result<Self, StoreError> {
        match value {
            Value::Int(n) => Ok(n),
            other => unexpected("a number", &other),
        }
    }
}
impl Column for u64 {
    fn read(value: Value) -> Result<Self, StoreError> {
        let n = i64::read(value)?;
        Self::try_from(n).or_else(|_| unexpected("a number from 0", &Value::Int(n)))
    }
}
impl Column for bool {
    fn read(value: Value) -> Result<Self, StoreError> {
        match value {
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            other => unexpected("0 or 1", &other),
        }
    }
}
impl Column for String {
    fn read(value: Value) -> Result<Self, StoreError> {
        match value {
            Value::Text(text) => Ok(text),
            other => unexpected("a text", &other),
        }
    }
}
impl Column for Vec<u8> {
    fn read(value: Value) -> Result<Self, StoreError> {
        match value {
            Value::Blob(bytes) => Ok(bytes),
            other => unexpected("bytes", &other),
        }
    }
}
impl Column for Moment {
    fn read(value: Value) -> Result<Self, StoreError> {
        let n = i64::read(value)?;
        Moment::from_unix(n).map_or_else(|| unexpected("a moment", &Value::Int(n)), Ok)
    }
}
impl Column for AuthorityId {
    fn read(value: Value) -> Result<Self, StoreError> {
        String::read(value)?.parse().map_err(|error| StoreError::Corrupt(format!("{error}")))
    }
}
impl<T: Column> Column for Option<T> {
    fn read(value: Value) -> Result<Self, StoreError> {
        match value {
            Value::Null => Ok(None),
            other => T::read(other).map(Some),
        }
    }
}

macro_rules! identifiers {
    ($($id:ty),*) => {$(
        impl<'a> From<&'a $id> for Param<'a> {
            fn from(id: &'a $id) -> Self {
                Self::Blob(id.as_bytes())
            }
        }
        impl Column for $id {
            fn read(value: Value) -> Result<Self, StoreError> {
                let bytes = Vec::<u8>::read(value)?;
                <$id>::from_slice(&bytes).map_or_else(|| unexpected(stringify!($id), &Value::Blob(bytes)), Ok)
            }
        }
    )*};
}
identifiers!(ActId, Digest, DocketId, EnvelopeId, ExhibitId, Salt);

/// Rows of one, two or three plain columns.
impl<A: Column> Record for (A,) {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok((row.next()?,))
    }
}
impl<A: Column, B: Column> Record for (A, B) {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok((row.next()?, row.next()?))
    }
}
impl<A: Column, B: Column, C: Column> Record for (A, B, C) {
    fn read(row: &mut Row) -> Result<Self, StoreError> {
        Ok((row.next()?, row.next()?, row.next()?))
    }
}
