//! The persons who work here: entered by an operator, known by a personal token that is shown once, never removed.

use std::collections::BTreeSet;

use keys::{Token, TokenDigest};
use serde::Serialize;
use store::persons::{self, PersonRow};

use crate::Trouble;
use crate::actor::{self, Action, Actor, Role};
use crate::node::{Node, Work};

/// A person as an operator sees them.
#[derive(Debug, Clone, Serialize)]
pub struct Person {
    /// The short name that stays.
    pub id: String,
    /// The name as others read it.
    pub name: String,
    /// What the person is here for.
    pub roles: BTreeSet<Role>,
    /// Whether the person may do anything at all.
    pub active: bool,
    /// Whether a token is in force.
    pub has_token: bool,
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Self {
        let roles = actor::roles(&row.roles);
        Self { id: row.id, name: row.name, roles, active: row.active, has_token: row.token_hash.is_some() }
    }
}

impl Node {
    /// Who it is that shows this token.
    pub fn actor(&self, presented: &str) -> Result<Actor, Trouble> {
        let unknown = || {
            let sentence = "This token is not known here, or no longer in force.";
            Trouble::Refusal(terms::Refusal::new("node.who", sentence, "Ask an operator for a new one."))
        };
        let digest = TokenDigest::of(presented).ok_or_else(unknown)?;
        let row = self.0.read(|tx| Ok(persons::by_token(tx, digest.digest())?))?.ok_or_else(unknown)?;
        Ok(Actor { person: row.id, name: row.name, roles: actor::roles(&row.roles) })
    }

    /// The first person of a new node, an operator: possible only while nobody is known here.
    pub fn first_person(&self, id: &str, name: &str) -> Result<Token, Trouble> {
        let (id, name) = (id.to_owned(), name.to_owned());
        self.0.write(move |work| {
            if !persons::list(work.tx, "", 1)?.rows.is_empty() {
                let remedy = "Ask an operator to enter you.";
                return Trouble::refuse("node.not-first", "Somebody is known here already.", remedy);
            }
            work.audit(&id, "first set-up", "entered as the first operator", None)?;
            work.enter(&id, &name, &BTreeSet::from([Role::Operator]))
        })
    }

    /// Enters a person, or gives one a new token and new roles; the former token ends.
    pub fn enter_person(&self, actor: &Actor, id: &str, name: &str, roles: &BTreeSet<Role>) -> Result<Token, Trouble> {
        actor.may(Action::ManagePersons)?;
        let (by, id, name, roles) = (actor.person.clone(), id.to_owned(), name.to_owned(), roles.clone());
        self.0.write(move |work| {
            let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
            work.audit(&by, "persons", &format!("entered {id} as {}", words.join(", ")), None)?;
            work.enter(&id, &name, &roles)
        })
    }

    /// Ends a person's access. What they did stays.
    pub fn retire_person(&self, actor: &Actor, id: &str) -> Result<(), Trouble> {
        actor.may(Action::ManagePersons)?;
        let (by, id) = (actor.person.clone(), id.to_owned());
        self.0.write(move |work| {
            let row = persons::get(work.tx, &id)?.ok_or_else(|| Trouble::not_here("person"))?;
            persons::put(work.tx, &PersonRow { active: false, token_hash: None, ..row })?;
            work.audit(&by, "persons", &format!("ended the access of {id}"), None)
        })
    }

    /// The persons, by short name.
    pub fn persons(&self, actor: &Actor, after: &str, limit: usize) -> Result<(Vec<Person>, Option<String>), Trouble> {
        actor.may(Action::Operate)?;
        self.0.read(|tx| {
            let page = persons::list(tx, after, limit)?;
            Ok((page.rows.into_iter().map(Person::from).collect(), page.next))
        })
    }
}

impl Work<'_, '_> {
    fn enter(&mut self, id: &str, name: &str, roles: &BTreeSet<Role>) -> Result<Token, Trouble> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
        if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
            let remedy = "Choose another, for example “amal.benali”.";
            return Trouble::refuse(
                "node.person-name",
                "A short name has 1 to 64 of a-z, 0-9, “-”, “.” and “_”.",
                remedy,
            );
        }
        if name.trim().is_empty() || name.chars().any(char::is_control) || name.chars().count() > 200 {
            return Trouble::refuse(
                "node.person-name",
                "The name is empty, too long or not printable.",
                "Give the name.",
            );
        }
        let token = Token::draw()?;
        let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
        let row = PersonRow {
            id: id.to_owned(),
            name: name.to_owned(),
            roles: words.join(","),
            token_hash: Some(*token.digest().digest()),
            active: true,
        };
        persons::put(self.tx, &row)?;
        Ok(token)
    }
}
