//! What two declarations mean together that were made without knowledge of each other (`crossed.table`).
//!
//! The table is read from either side, so it is symmetric by construction; it is complete over what each side can declare.

use std::sync::LazyLock;

use terms::ActId;

use super::cells;
use super::standing::Is;

const TABLE: &str = include_str!("crossed.table");

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What the requesting party declared.
    pub requesting: Is,
    /// What the requested party declared.
    pub requested: Is,
    /// What stands.
    pub outcome: Is,
    /// What is owed by whom is concerned; empty for nothing.
    pub owed: &'static str,
    /// Why, in a lawyer's words.
    pub why: &'static str,
}

/// Two declarations that crossed, and what they mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// The acts, the requesting party's first.
    pub acts: [ActId; 2],
    /// What stands.
    pub outcome: Is,
    /// What is owed.
    pub owed: &'static str,
    /// Why.
    pub why: &'static str,
}

/// All rows.
pub static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rule = |cells: Vec<&'static str>| {
        let [requesting, requested, outcome, owed, why] = cells[..] else {
            panic!("INVARIANT: the embedded table has five columns: {cells:?}")
        };
        let is = |word| Is::of(word).expect("INVARIANT: the embedded table speaks of standings");
        Rule { requesting: is(requesting), requested: is(requested), outcome: is(outcome), owed, why }
    };
    cells(TABLE).map(rule).collect()
});

/// What a word of the requesting party and one of the requested party mean together.
pub fn meaning(requesting: Is, requested: Is, acts: [ActId; 2]) -> Option<Crossing> {
    // What the requesting party adds repeats where the measure stood; what resumes it does so too.
    let left = if matches!(requesting, Is::Withdrawn | Is::Agreed | Is::Declined) { requesting } else { Is::Asked };
    let right = if matches!(requested, Is::Agreed | Is::Declined) { Is::Asked } else { requested };
    let rule = RULES.iter().find(|rule| rule.requesting == left && rule.requested == right)?;
    let outcome = if rule.outcome == right { requested } else { rule.outcome };
    Some(Crossing { acts, outcome, owed: rule.owed, why: rule.why })
}
