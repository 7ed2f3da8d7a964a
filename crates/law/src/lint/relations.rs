//! Instruments that replace one another, or are one another's parents, in a circle: nothing would be left of them, or nobody could say
//! who is bound.

use std::collections::BTreeSet;

use super::Report;
use crate::base::Base;
use crate::data::RelationKind;

/// Relations of which a circle makes no sense, however they are mixed.
const UPWARDS: [&[RelationKind]; 2] =
    [&[RelationKind::Replaces, RelationKind::ReplacesBetween], &[RelationKind::Amends, RelationKind::Supplements]];

impl Report<'_> {
    /// Says each circle once, at the instrument whose id comes first.
    pub(super) fn circles(&mut self) {
        for kinds in UPWARDS {
            for instrument in self.base.instruments().collect::<Vec<_>>() {
                let id = instrument.id.as_str();
                let above = reached(self.base, id, kinds);
                let circle: Vec<&str> =
                    above.into_iter().filter(|other| reached(self.base, other, kinds).contains(id)).collect();
                // one that relates to itself is told of already
                if circle.len() > 1 && circle.first() == Some(&id) {
                    let place = format!("instruments/{id}.toml");
                    self.say(&place, format!("replace or amend one another in a circle: {}", circle.join(", ")));
                }
            }
        }
    }
}

/// All instruments to which one leads by these relations; itself, if it stands in a circle.
fn reached<'a>(base: &'a Base, id: &str, kinds: &[RelationKind]) -> BTreeSet<&'a str> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![id.to_owned()]);
    while let Some(from) = next.pop() {
        let Some(instrument) = base.instrument(&from) else { continue };
        let named = instrument.relations.iter().filter(|r| kinds.contains(&r.kind));
        for other in named.filter_map(|r| r.instrument.as_deref()) {
            if reached.insert(other) {
                next.push(other.to_owned());
            }
        }
    }
    reached
}
