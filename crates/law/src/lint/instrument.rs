//! What is wrong with one instrument: its days, its parts, the forms of cooperation on which its rules speak, the rules themselves.

use std::collections::BTreeSet;

use super::{Report, table_of};
use crate::data::{Between, Certainty, Clock, Exclusion, Ground, Instrument, Kind, Line, RelationKind, Roster, Scope};
use crate::provision;
use crate::truth::Condition;

impl<'a> Report<'a> {
    pub(super) fn instrument(&mut self, i: &'a Instrument) {
        let at = &format!("instruments/{}.toml", i.id);
        let overriding = (i.requirements.iter().filter_map(|r| r.source.as_deref()))
            .chain(i.grounds.iter().filter_map(|g| g.source.as_deref()))
            .chain(i.clocks.iter().filter_map(|c| c.source.as_deref()))
            .chain(i.lines.iter().filter_map(|l| l.source.as_deref()))
            .chain(i.relations.iter().filter_map(|r| r.source.as_deref()))
            .chain(i.exclusions.iter().filter_map(|e| e.source.as_deref()))
            .chain(i.outside.iter().filter_map(|o| o.source.as_deref()))
            .chain(i.in_force.iter().map(|f| f.source.as_str()))
            .chain(i.bilateral.iter().map(|b| b.source.as_str()))
            .chain(i.last_day.iter().map(|l| l.source.as_str()))
            .chain([i.text.source.as_str()]);
        for source in overriding.collect::<Vec<_>>() {
            self.source(at, source);
        }
        let conditions = (i.scope.iter().chain(&i.scopes).map(Scope::condition))
            .chain(i.grounds.iter().map(Ground::condition))
            .chain(i.exclusions.iter().map(Exclusion::condition))
            .chain(i.clocks.iter().map(Clock::condition))
            .chain(i.lines.iter().map(Line::condition));
        for atom in conditions.flat_map(Condition::atoms).collect::<Vec<_>>() {
            self.atom(at, atom);
        }
        for fallback in &i.fallbacks {
            self.fact(at, &fallback.unless);
        }
        for relation in &i.relations {
            let of_class = relation.kind == RelationKind::BilateralsOnlySupplement
                || relation.kind == RelationKind::SupersedesBilaterals
                || relation.kind == RelationKind::Supplements;
            match &relation.instrument {
                Some(other) if *other == i.id => self.say(at, "relates to itself"),
                Some(other) => self.known(at, other),
                None if of_class => {}
                None => self.say(at, "a relation names no instrument"),
            }
        }
        let others = (i.grounds.iter().flat_map(|g| &g.removed_by))
            .chain(i.requirements.iter().flat_map(|r| &r.amended_by))
            .chain(i.clocks.iter().flat_map(|c| &c.amended_by))
            .chain(i.lines.iter().flat_map(|l| &l.amended_by));
        for (other, article) in others.map(|by| provision::protocol(by)).collect::<Vec<_>>() {
            self.known(at, other);
            self.cites(at, other, article.unwrap_or("[all]"));
        }
        for relation in &i.relations {
            if let Some(cited) = &relation.citing_provision {
                self.cites(at, relation.citing.as_deref().unwrap_or(&i.id), cited);
            }
        }
        for named in &i.mentioned {
            let by_rule = Instrument { mentioned: Vec::new(), ..i.clone() }.provisions().contains(&named.as_str());
            if by_rule || !self.mentions.contains(&(i.id.clone(), named.clone())) {
                self.say(
                    at,
                    format!(
                        "{named} is only mentioned, and no declaration or instrument refers to it, or a rule is held"
                    ),
                );
            }
        }
        if i.last_day.is_some() && i.clocks.is_empty() {
            self.say(at, "says how last days are moved and holds no clock");
        }
        self.dates(i);
        self.parts(i);
        self.forms(i);
        self.rules(i);
        self.sentences(i);
    }

    fn dates(&mut self, i: &'a Instrument) {
        let at = &format!("instruments/{}.toml", i.id);
        let first = i.in_force.as_ref().and_then(|f| f.from);
        if let (Some(adopted), Some(first)) = (i.adopted, first)
            && first < adopted
        {
            self.say(at, "in force before it was adopted");
        }
        if i.bilateral.is_some() == (i.in_force.is_some()) && i.bilateral.is_some() {
            self.say(at, "a bilateral treaty has its days under [bilateral] only");
        }
        if self.base.parties(&i.id).next().is_none() {
            self.say(at, "no party is held");
        }
        let rows: Vec<_> = self.base.parties(&i.id).collect();
        for row in rows {
            let who = format!("{} {}", table_of(self.base, &i.id), row.state);
            let floor = row.provisional.is_none().then_some(first).flatten().max(i.adopted);
            if row.from.zip(floor).is_some_and(|(from, floor)| from < floor) {
                self.say(&who, "bound before the instrument was in force or adopted");
            }
            if row.from.zip(row.until).is_some_and(|(from, until)| until < from) {
                self.say(&who, "ends before it begins");
            }
            if row.until.zip(i.adopted).is_some_and(|(until, adopted)| until < adopted) {
                self.say(&who, "ends before the instrument was adopted");
            }
            if row.provisional.zip(row.from).is_some_and(|(early, from)| from <= early) {
                self.say(&who, "provisional application begins after entry into force");
            }
            if row.from.zip(row.consented).is_some_and(|(from, consented)| from < consented) {
                self.say(&who, "bound before it consented");
            }
        }
    }

    /// Sides, and States that stand outside; a roster that is not whole needs a parent whose parties it asks about.
    fn parts(&mut self, i: &'a Instrument) {
        let at = &format!("instruments/{}.toml", i.id);
        let rows: Vec<_> = self.base.parties(&i.id).collect();
        let sides: BTreeSet<&str> = rows.iter().map(|row| row.side.as_str()).collect();
        if i.between == Between::Sides && (sides.len() != 2 || sides.contains("")) {
            self.say(&table_of(self.base, &i.id), "binds across sides, and its rows do not name two");
        }
        if i.between != Between::Sides && sides.iter().any(|side| !side.is_empty()) {
            self.say(&table_of(self.base, &i.id), "names sides, and the instrument knows none");
        }
        if i.bilateral.as_ref().is_some_and(|treaty| treaty.states[0] == treaty.states[1]) {
            self.say(at, "its two States are one");
        }
        for outside in i.outside.iter().filter(|o| rows.iter().any(|row| row.state == o.state)).collect::<Vec<_>>() {
            self.say(at, format!("{} stands outside and is a party", outside.state));
        }
        let adds = [RelationKind::Amends, RelationKind::Supplements];
        let parent = i.relations.iter().any(|r| adds.contains(&r.kind) && r.instrument.is_some());
        if i.roster == Roster::Partial && !parent {
            self.say(at, "its roster is partial, and no parent says who else may be a party");
        }
        if i.kinds.is_empty() || i.forms.is_empty() {
            self.say(at, "is of no kind, or speaks on no form of cooperation");
        }
    }

    fn forms(&mut self, i: &'a Instrument) {
        let at = &format!("instruments/{}.toml", i.id);
        let spoken = (i.requirements.iter().map(|r| (&r.provision, &r.forms)))
            .chain(i.grounds.iter().map(|g| (&g.provision, &g.forms)))
            .chain(i.exclusions.iter().map(|e| (&e.provision, &e.forms)))
            .chain(i.clocks.iter().map(|c| (&c.provision, &c.forms)))
            .chain(i.lines.iter().map(|l| (&l.provision, &l.forms)))
            .chain(i.scope.iter().chain(&i.scopes).map(|s| (&s.provision, &s.forms)))
            .map(|(place, forms)| (place.as_str(), forms))
            .chain([("carries", &i.carries)])
            .chain(i.ranks.iter().map(|r| ("rank", &r.forms)));
        for (place, forms) in spoken.collect::<Vec<_>>() {
            for form in forms.iter().filter(|form| !i.forms.contains(form)) {
                self.say(at, format!("{place} speaks of {}, on which the instrument does not", form.name()));
            }
        }
    }

    fn rules(&mut self, i: &'a Instrument) {
        let at = &format!("instruments/{}.toml", i.id);
        let mut seen = BTreeSet::new();
        for r in &i.requirements {
            if !r.id.starts_with("req.") {
                self.say(at, format!("the requirement {:?} has no generic id (req.…)", r.id));
            }
            if !seen.insert((&r.id, &r.provision, &r.forms)) {
                self.say(at, format!("the requirement {:?} stands twice under {}", r.id, r.provision));
            }
        }
        let mut seen = BTreeSet::new();
        for g in &i.grounds {
            if !seen.insert((&g.id, &g.provision)) {
                self.say(at, format!("the ground {:?} stands twice under {}", g.id, g.provision));
            }
            if g.all.is_empty() && g.any.is_empty() && g.none.is_empty() {
                self.say(at, format!("the ground {:?} has no condition and would always apply", g.id));
            }
        }
        let mut seen = BTreeSet::new();
        for c in &i.clocks {
            if !seen.insert((&c.id, &c.provision, &c.forms, &c.measures)) {
                self.say(at, format!("the clock {:?} stands twice under {}", c.id, c.provision));
            }
            if c.amount == 0 {
                self.say(at, format!("the clock {:?} under {} counts nothing", c.id, c.provision));
            }
            if let Some(event) = c.brings.as_ref().filter(|event| !self.base.knows_event(event)) {
                self.say(at, format!("the clock {:?} brings {event:?}, from which no clock runs", c.id));
            }
        }
        let mut seen = BTreeSet::new();
        for l in i.lines.iter().filter(|l| !seen.insert((&l.provision, &l.sentence, &l.forms))).collect::<Vec<_>>() {
            self.say(at, format!("a line stands twice under {}", l.provision));
        }
        for e in &i.exclusions {
            if e.condition().is_empty() {
                self.say(at, format!("the exclusion under {} has no condition and would always hold", e.provision));
            }
            for id in e.grounds.iter().filter(|id| !self.grounds.contains(id.as_str())).collect::<Vec<_>>() {
                self.say(
                    at,
                    format!("{} excludes a ground {id:?} that no instrument or declaration knows", e.provision),
                );
            }
        }
        let dated = (i.requirements.iter().map(|r| (&r.provision, r.certainty)))
            .chain(i.grounds.iter().map(|g| (&g.provision, g.certainty)))
            .chain(i.clocks.iter().map(|c| (&c.provision, c.certainty)));
        for (place, certainty) in dated.collect::<Vec<_>>() {
            let sure = certainty.unwrap_or(i.text.certainty) == Certainty::Confirmed;
            if provision::is_heading(place) && sure {
                self.say(at, format!("{place} has no number and is called confirmed"));
            }
        }
        for f in &i.fallbacks {
            let within =
                i.provisions().into_iter().map(provision::article_and_paragraph).any(|(article, paragraph)| {
                    article == f.article && paragraph.is_some_and(|n| (f.from..=f.to).contains(&n))
                });
            if !within || f.from > f.to {
                self.say(at, "no rule lies within the paragraphs that give way");
            }
            if i.is(Kind::MutualAssistanceTreaty) {
                self.say(at, "an instrument that gives way to mutual assistance treaties is none itself");
            }
        }
    }

    /// What a ruling prints has words, and a condition does not contradict itself.
    fn sentences(&mut self, i: &'a Instrument) {
        let at = &format!("instruments/{}.toml", i.id);
        let displaces = [RelationKind::ReplacesBetween, RelationKind::SupersedesBilaterals];
        let spoken = (i.requirements.iter().map(|r| (&r.provision, &r.states)))
            .chain(i.grounds.iter().map(|g| (&g.provision, &g.sentence)))
            .chain(i.grounds.iter().flat_map(|g| &g.follows).map(|f| (&f.provision, &f.sentence)))
            .chain(i.exclusions.iter().map(|e| (&e.provision, &e.sentence)))
            .chain(i.clocks.iter().map(|c| (&c.provision, &c.sentence)))
            .chain(i.lines.iter().map(|l| (&l.provision, &l.sentence)))
            .chain(i.scope.iter().chain(&i.scopes).map(|s| (&s.provision, &s.sentence)))
            .chain(i.outside.iter().map(|o| (&o.provision, &o.sentence)))
            .chain(i.relations.iter().filter(|r| displaces.contains(&r.kind)).map(|r| (&r.provision, &r.sentence)));
        for (place, sentence) in spoken.collect::<Vec<_>>() {
            if sentence.trim().is_empty() || place.trim().is_empty() {
                self.say(at, format!("a rule under {place:?} says nothing, or not where it stands"));
            }
        }
        let conditions = (i.grounds.iter().map(|g| (&g.provision, g.condition())))
            .chain(i.exclusions.iter().map(|e| (&e.provision, e.condition())))
            .chain(i.clocks.iter().map(|c| (&c.provision, c.condition())))
            .chain(i.lines.iter().map(|l| (&l.provision, l.condition())));
        for (place, condition) in conditions.collect::<Vec<_>>() {
            if condition.none.iter().any(|atom| condition.all.contains(atom)) {
                self.say(at, format!("the condition under {place} asks for a fact and for its contrary"));
            }
        }
    }
}
