//! What is wrong with the tables beside the treaties: substances, amounts, authorities, penalties, lists.

use std::collections::BTreeSet;

use super::Report;
use crate::registers::{Listing, Substance};

impl Report<'_> {
    pub(super) fn registers(&mut self) {
        self.substances();
        self.amounts();
        self.authorities();
        self.penalties();
        self.nationals();
        self.lists();
    }

    fn substances(&mut self) {
        let mut numbers = BTreeSet::new();
        for substance in self.base.substances().collect::<Vec<_>>() {
            let at = format!("substances.toml {}", substance.id);
            if let Some(cas) = &substance.cas {
                if !is_registry_number(cas) {
                    self.say(&at, format!("{cas:?} is no registry number: its check digit is wrong"));
                }
                if !numbers.insert(cas) {
                    self.say(&at, format!("the registry number {cas} is that of another substance too"));
                }
            }
            for listing in &substance.listings {
                self.known(&at, &listing.instrument);
                self.source(&at, &listing.source);
                if listing.from.is_some() && listing.from_year.is_some() {
                    self.say(&at, "a listing has a first day and a first year");
                }
                if order(listing).is_some_and(|(from, until)| until < from) {
                    self.say(&at, "a listing ends before it begins");
                }
            }
            self.twice_in_one_place(&at, substance);
        }
    }

    fn twice_in_one_place(&mut self, at: &str, substance: &Substance) {
        let mut places = BTreeSet::new();
        for listing in &substance.listings {
            if !places.insert((&listing.instrument, &listing.schedule)) {
                self.say(at, format!("stands twice in {} {}", listing.instrument, listing.schedule));
            }
        }
    }

    fn amounts(&mut self) {
        for amount in self.base.all_amounts().collect::<Vec<_>>() {
            let at = format!("substances.toml amount {} {}", amount.state, amount.substance);
            self.source(&at, &amount.source);
            if self.base.substance(&amount.substance).is_none() {
                self.say(&at, "names no substance of the file");
            }
            if !["active", "gross"].contains(&amount.of.as_str()) {
                self.say(&at, format!("{:?} is neither active nor gross", amount.of));
            }
        }
    }

    fn authorities(&mut self) {
        for of in self.base.all_authorities().collect::<Vec<_>>() {
            let at = format!("authorities/{}.toml", of.state.code().to_ascii_lowercase());
            if of.authorities.is_empty() && of.languages.is_empty() {
                self.say(&at, "names no authority and no language");
            }
            let mut seen = BTreeSet::new();
            for authority in &of.authorities {
                self.source(&at, &authority.source);
                authority.instruments.iter().for_each(|id| self.known(&at, id));
                if authority.forms.is_empty() {
                    self.say(&at, format!("{} acts for no form of cooperation", authority.name));
                }
                if !seen.insert((&authority.name, &authority.part, &authority.instruments, &authority.forms)) {
                    self.say(&at, format!("{} stands there twice", authority.name));
                }
            }
            for language in &of.languages {
                self.source(&at, &language.source);
                language.instruments.iter().for_each(|id| self.known(&at, id));
                if language.code.len() != 2 || !language.code.bytes().all(|b| b.is_ascii_lowercase()) {
                    self.say(&at, format!("{:?} is no code of a language", language.code));
                }
            }
        }
    }

    fn penalties(&mut self) {
        for of in self.base.all_penalties().collect::<Vec<_>>() {
            let at = format!("penalties/{}.toml", of.state.code().to_ascii_lowercase());
            for rule in &of.rules {
                self.source(&at, &rule.source);
                for code in rule.offences.iter().filter(|code| self.base.offence(code).is_none()).collect::<Vec<_>>() {
                    self.say(&at, format!("{}: the base knows no offence {code:?}", rule.provision));
                }
                if rule.offences.is_empty() {
                    self.say(&at, format!("{}: answers to no offence", rule.provision));
                }
                if rule.min_months.zip(rule.max_months).is_some_and(|(min, max)| max < min) {
                    self.say(&at, format!("{}: the longest penalty is shorter than the shortest", rule.provision));
                }
                if rule.max_months.is_none() && !rule.life && !rule.death {
                    self.say(&at, format!("{}: no maximum is held", rule.provision));
                }
            }
        }
    }

    fn nationals(&mut self) {
        for of in self.base.all_nationals().collect::<Vec<_>>() {
            self.source(&format!("nationals.toml {}", of.state), &of.source);
        }
    }

    fn lists(&mut self) {
        for list in self.base.lists().collect::<Vec<_>>() {
            let at = format!("offence-lists.toml {}", list.id);
            self.source(&at, &list.source);
            for place in &list.stands_in {
                self.known(&at, place.split(' ').next().unwrap_or(place));
            }
            let mut codes = BTreeSet::new();
            for category in list.categories.iter().filter(|category| !codes.insert(&category.code)) {
                self.say(&at, format!("the category {} stands twice", category.code));
            }
            for offence in self.base.offences().collect::<Vec<_>>() {
                let told = self.base.mappings(&offence.code).filter(|mapping| mapping.list == list.id).count();
                if told != 1 {
                    self.say(&at, format!("the offence {} is mapped {told} times", offence.code));
                }
            }
        }
        for mapping in self.base.all_mappings().collect::<Vec<_>>() {
            let at = format!("offence-lists.toml {} {}", mapping.offence, mapping.list);
            if self.base.offence(&mapping.offence).is_none() {
                self.say(&at, "the base knows no such offence");
            }
            let Some(list) = self.base.list(&mapping.list) else {
                self.say(&at, "the base knows no such list");
                continue;
            };
            let known = |code: &String| list.categories.iter().any(|category| category.code == *code);
            for code in mapping.categories.iter().filter(|code| !known(code)) {
                self.say(&at, format!("the list has no category {code}"));
            }
            if mapping.categories.is_empty() && mapping.note.is_empty() {
                self.say(&at, "belongs to no category and does not say why");
            }
        }
    }
}

/// First and last year of a listing, where both are held.
fn order(listing: &Listing) -> Option<(i16, i16)> {
    let from = listing.from.map(|day| day.year()).or(listing.from_year)?;
    let until = listing.until.map(|day| day.year()).or(listing.until_year)?;
    Some((from, until))
}

/// Whether the last digit is the sum of the others, each times its place from the right, modulo ten.
fn is_registry_number(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [first, second, check] = parts[..] else { return false };
    if !(2..=7).contains(&first.len()) || second.len() != 2 || check.len() != 1 {
        return false;
    }
    let digits: Option<Vec<u32>> = first.chars().chain(second.chars()).map(|c| c.to_digit(10)).collect();
    let Some((digits, check)) = digits.zip(check.chars().next().and_then(|c| c.to_digit(10))) else { return false };
    let sum: u32 = digits.iter().rev().zip(1..).map(|(digit, place)| digit * place).sum();
    sum % 10 == check
}

#[cfg(test)]
mod tests {
    use super::is_registry_number;

    #[test]
    fn a_registry_number_is_known_by_its_check_digit() {
        for sound in ["50-36-2", "561-27-3", "7647-01-0", "1189805-46-6"] {
            assert!(is_registry_number(sound), "{sound}");
        }
        for wrong in ["50-36-3", "50-63-2", "5-36-2", "50-36", "50-36-22", "ab-cd-e", ""] {
            assert!(!is_registry_number(wrong), "{wrong}");
        }
    }
}
