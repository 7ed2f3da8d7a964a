//! Thousands of seeded worlds. A failing one prints its seed: `COMITY_SIM_SEED=n cargo test -p sim` replays it alone;
//! `COMITY_SIM_SEEDS=n` says how many there are.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sim::{Weather, World};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

fn run(what: &str, weather: Weather) {
    let seeds = match number("COMITY_SIM_SEED") {
        Some(one) => one..one + 1,
        None => 0..number("COMITY_SIM_SEEDS").unwrap_or(1500),
    };
    for seed in seeds {
        let outcome = catch_unwind(AssertUnwindSafe(|| World::new(seed, weather).run()));
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(broken)) => panic!("{what}: {broken}; replay with COMITY_SIM_SEED={seed}"),
            Err(_) => panic!("{what}: the world itself failed; replay with COMITY_SIM_SEED={seed}"),
        }
    }
}

#[test]
fn honest_nodes_agree_whatever_the_network_and_the_machines_do() {
    run("honest", Weather { steps: 120, liar: false, restores: false });
}

#[test]
fn nodes_restored_from_old_backups_recover_and_never_look_like_liars() {
    run("restores", Weather { steps: 120, liar: false, restores: true });
}

#[test]
fn a_lying_node_never_divides_the_honest_ones() {
    run("liar", Weather { steps: 120, liar: true, restores: false });
}
