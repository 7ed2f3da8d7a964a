//! Quantities of a physical thing: an exact decimal number and its unit, written `12.340 g`.
//!
//! The digits stay as they were stated, since `12.340` says how exactly was weighed. Comparing and adding is exact, in whole
//! billionths of the base unit; there is no floating point here, so a split adds up or does not.

use std::fmt;
use std::str::FromStr;

use terms::Malformed;

/// In what a quantity is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Milligrams.
    Milligram,
    /// Grams.
    Gram,
    /// Kilograms.
    Kilogram,
    /// Millilitres.
    Millilitre,
    /// Litres.
    Litre,
    /// Pieces: tablets, plants, ampoules.
    Piece,
}

/// What can be added to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Dimension {
    Mass,
    Volume,
    Count,
}

const UNITS: [(&str, Unit, Dimension, u32); 6] = [
    // The last column: the power of ten of the base unit (mg, ml, piece).
    ("mg", Unit::Milligram, Dimension::Mass, 0),
    ("g", Unit::Gram, Dimension::Mass, 3),
    ("kg", Unit::Kilogram, Dimension::Mass, 6),
    ("ml", Unit::Millilitre, Dimension::Volume, 0),
    ("l", Unit::Litre, Dimension::Volume, 3),
    ("pcs", Unit::Piece, Dimension::Count, 0),
];
/// Digits after the point that may be stated.
const FRACTION_MAX: usize = 9;
/// Digits before the point that may be stated: with the largest unit and all fractions this stays far below 2^128.
const WHOLE_MAX: usize = 12;

/// An exact, non-negative quantity as it was stated.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Quantity {
    text: Box<str>,
    unit: Unit,
    dimension: Dimension,
    /// In billionths of the base unit.
    exact: u128,
}

impl Quantity {
    /// The unit in which it was stated.
    pub fn unit(&self) -> Unit {
        self.unit
    }
    /// Whether both say the same amount, whatever the unit: `1 kg` and `1000.0 g` do.
    pub fn same_amount(&self, other: &Self) -> bool {
        self.dimension == other.dimension && self.exact == other.exact
    }
    /// Whether this is the sum of `parts`. Parts in grams and a whole in pieces never add up.
    pub fn is_sum_of<'a>(&self, parts: impl IntoIterator<Item = &'a Quantity>) -> bool {
        let mut sum = 0u128;
        for part in parts {
            let Some(next) = sum.checked_add(part.exact).filter(|_| part.dimension == self.dimension) else {
                return false;
            };
            sum = next;
        }
        sum == self.exact
    }
    /// Whether it is nothing at all.
    pub fn is_zero(&self) -> bool {
        self.exact == 0
    }
}

impl FromStr for Quantity {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let refuse = || Malformed::new(text, "a quantity such as “12.340 g” (mg, g, kg, ml, l or pcs)");
        let (number, unit) = text.split_once(' ').ok_or_else(refuse)?;
        let &(_, unit, dimension, power) = UNITS.iter().find(|row| row.0 == unit).ok_or_else(refuse)?;
        let (whole, fraction) = match number.split_once('.') {
            Some((_, "")) => return Err(refuse()),
            Some(parts) => parts,
            None => (number, ""),
        };
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        let plain = digits(whole) && digits(fraction) && (whole == "0" || !whole.starts_with('0'));
        let in_bounds = (1..=WHOLE_MAX).contains(&whole.len()) && fraction.len() <= FRACTION_MAX;
        if !plain || !in_bounds || (dimension == Dimension::Count && !fraction.is_empty()) {
            return Err(refuse());
        }
        let billionths: u128 = format!("{whole}{fraction:0<FRACTION_MAX$}").parse().map_err(|_| refuse())?;
        Ok(Self { text: text.into(), unit, dimension, exact: billionths * 10u128.pow(power) })
    }
}
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl fmt::Debug for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
crate::bytes::text_form!(Quantity);

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Quantity {
        text.parse().expect("a quantity")
    }

    #[test]
    fn a_quantity_is_kept_as_it_was_stated_and_compared_exactly() {
        assert_eq!(of("12.340 g").to_string(), "12.340 g");
        assert!(of("1 kg").same_amount(&of("1000.000 g")) && of("0.5 g").same_amount(&of("500 mg")));
        assert!(!of("1 kg").same_amount(&of("1000.000000001 g")) && !of("1 g").same_amount(&of("1 ml")));
    }

    #[test]
    fn a_sum_is_exact_across_units_and_never_across_dimensions() {
        assert!(of("0.3 g").is_sum_of([&of("0.1 g"), &of("200 mg")]));
        assert!(!of("0.3 g").is_sum_of([&of("0.1 g"), &of("200.000000001 mg")]));
        assert!(!of("3 pcs").is_sum_of([&of("1 g"), &of("2 pcs")]));
        assert!(of("999999999999 kg").is_sum_of([&of("999999999998 kg"), &of("1000 g")]));
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for wrong in
            ["", "12", "g", "12g", "-1 g", "1. g", ".5 g", "01 g", "1,5 g", "1e3 g", "1  g", "1 G", "1.5 pcs", "1 oz"]
        {
            assert!(wrong.parse::<Quantity>().is_err(), "{wrong:?} must be refused");
        }
        assert!("1234567890123 g".parse::<Quantity>().is_err() && "0.1234567891 g".parse::<Quantity>().is_err());
    }
}
