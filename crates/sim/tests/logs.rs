//! A log that lies is found out in one round; honest ones never are. A failing world is replayed by its seed.

use sim::logs::{Lie, Logs, Weather};

/// How many worlds there are of each kind; `COMITY_SIM_SEEDS` says otherwise.
fn seeds() -> std::ops::Range<u64> {
    let said = std::env::var("COMITY_SIM_SEEDS").ok().map(|text| text.parse().expect("a number"));
    0..said.unwrap_or(60)
}

const CALM: Weather = Weather { storms: false, restores: false, compare: true };
const STORMY: Weather = Weather { storms: true, restores: true, compare: true };

#[test]
fn honest_logs_are_never_accused_whatever_the_network_and_the_machines_do() {
    for seed in seeds() {
        for weather in [CALM, STORMY] {
            let mut world = Logs::new(seed, weather);
            world.pass(20);
            world.calm_round();
            assert!(world.found.is_empty(), "seed {seed}, {weather:?}: {:?}", world.found);
        }
    }
}

#[test]
fn every_lie_is_found_in_the_first_round_in_which_all_reach_one_another() {
    for lie in [Lie::Fork, Lie::Rollback, Lie::Dropped, Lie::Backdated, Lie::TwoVersions] {
        for seed in seeds() {
            let mut world = Logs::new(seed, Weather { restores: false, ..STORMY });
            world.pass(6);
            // Everybody has seen what is about to be denied.
            world.calm_round();
            assert!(world.found.is_empty(), "seed {seed}: {:?}", world.found);
            world.lie(lie);
            world.calm_round();
            assert!(!world.found.is_empty(), "seed {seed}: nobody noticed {lie:?}");
            let wrong = world.found.iter().find(|(_, about, _)| *about != 0);
            assert!(wrong.is_none(), "seed {seed}, {lie:?}: an honest log is accused: {wrong:?}");
        }
    }
}

#[test]
fn two_versions_are_found_only_because_peers_compare_what_they_saw() {
    let mut world = Logs::new(1, Weather { compare: false, ..CALM });
    world.pass(3);
    world.lie(Lie::TwoVersions);
    world.pass(10);
    assert!(world.found.is_empty(), "each version is consistent in itself: {:?}", world.found);
}
