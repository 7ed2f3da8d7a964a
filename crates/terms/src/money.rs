//! Money: an exact decimal amount and its ISO 4217 currency, written `1250.00 EUR`.

use std::fmt;
use std::str::FromStr;

use crate::{Malformed, text_form};

/// An exact amount: the digits as they were stated, and the currency.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Money {
    amount: Box<str>,
    currency: [u8; 3],
}

impl Money {
    /// The decimal digits as stated, for example `1250.00`.
    pub fn amount(&self) -> &str {
        &self.amount
    }
    /// The three-letter currency code.
    pub fn currency(&self) -> &str {
        std::str::from_utf8(&self.currency).expect("INVARIANT: three ASCII letters")
    }
}

impl FromStr for Money {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let refuse = || Malformed::new(text, "an amount and its currency, such as “1250.00 EUR”");
        let (amount, currency) = text.split_once(' ').ok_or_else(refuse)?;
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        let plain =
            digits(whole) && digits(fraction) && amount.len() <= 30 && (whole == "0" || !whole.starts_with('0'));
        let code: [u8; 3] = currency.as_bytes().try_into().map_err(|_| refuse())?;
        if !plain || !code.iter().all(u8::is_ascii_uppercase) {
            return Err(refuse());
        }
        Ok(Self { amount: amount.into(), currency: code })
    }
}
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency())
    }
}
impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
text_form!(Money);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_kept_as_it_was_stated() {
        assert_eq!("1250.00 EUR".parse::<Money>().expect("well formed").to_string(), "1250.00 EUR");
        for wrong in ["", "1250", "EUR 5", "-5 EUR", "1,5 EUR", "05 EUR", "5. EUR", "5 eur", "5  EUR", "1e3 EUR"] {
            assert!(wrong.parse::<Money>().is_err(), "{wrong:?} must be refused");
        }
    }
}
