//! What the store promises, on SQLite and on a PostgreSQL that this program starts: one list of promises, each kept by both.

#[path = "conformance/acts.rs"]
mod acts;
#[path = "conformance/crash.rs"]
mod crash;
#[path = "conformance/people.rs"]
mod people;
#[path = "conformance/schema.rs"]
mod schema;
#[path = "conformance/sequencing.rs"]
mod sequencing;
#[path = "conformance/server.rs"]
mod server;
mod support;
#[path = "conformance/traffic.rs"]
mod traffic;
#[path = "conformance/writing.rs"]
mod writing;

macro_rules! promises {
    ($($room:ident: $($name:ident),+;)+) => {
        mod on_sqlite {
            $($(#[test] fn $name() { super::$room::$name(&super::support::Place::on_sqlite()); })+)+
        }
        mod on_postgres {
            $($(#[test] fn $name() { super::$room::$name(&super::support::Place::on_postgres()); })+)+
        }
    };
}

promises! {
    writing:
        a_job_that_fails_in_a_group_takes_only_itself,
        a_job_that_fails_alone_leaves_nothing,
        a_group_is_closed_once_and_stands_if_its_closing_fails,
        concurrent_writers_lose_nothing_and_double_nothing,
        two_stores_on_one_database_take_turns,
        a_write_from_inside_a_write_is_refused,
        a_full_queue_says_so,
        a_reader_sees_one_state_however_long_it_reads,
        closing_waits_for_what_is_queued,
        a_text_with_a_zero_byte_is_refused;
    acts:
        an_act_is_kept_once_whatever_comes_again,
        an_act_needs_its_docket_and_its_own_leaf,
        acts_come_back_as_they_went_in,
        erasing_bodies_leaves_headers_and_signatures,
        heads_are_the_acts_that_no_other_names,
        pages_join_without_gap_or_overlap,
        dockets_are_listed_by_their_last_change,
        receipts_are_found_by_docket_and_by_act,
        a_waiting_act_is_released_by_its_last_parent,
        what_waits_is_bounded_per_sender;
    sequencing:
        nothing_is_due_before_its_leaf_is_in_the_tree,
        leaves_get_their_places_in_the_order_of_commits,
        many_leaves_are_queued_in_their_order_and_none_twice,
        of_two_sequencers_one_moves_the_head,
        a_sequencer_that_fails_changes_nothing,
        a_head_that_does_not_fit_the_batch_is_refused,
        a_generation_is_opened_once,
        hashes_are_read_in_the_order_asked_for,
        what_was_logged_before_may_leave_at_once;
    traffic:
        what_is_due_is_cut_to_size_but_never_to_nothing,
        what_is_under_way_is_not_put_together_again,
        a_failure_waits_and_a_receipt_settles,
        what_needs_no_receipt_is_gone_once_carried,
        quarantine_is_bounded_by_count_and_bytes,
        a_peer_needs_two_persons,
        a_peers_status_moves_only_as_the_table_says,
        old_cards_stay,
        an_older_digest_never_replaces_a_newer;
    people:
        persons_are_found_by_their_token_while_active,
        a_draft_is_changed_only_by_who_saw_its_last_version,
        an_approval_is_of_one_body_by_another_person,
        the_audit_trail_shows_a_change_and_a_gap,
        jobs_tell_their_progress_and_hear_of_cancellation,
        an_exhibit_keeps_its_digest_and_its_custody,
        items_stand_in_their_docket,
        settings_are_replaced,
        a_pre_check_is_kept_once;
    schema:
        opening_again_finds_what_was_kept,
        a_later_database_is_refused_untouched,
        a_database_with_a_missing_step_is_refused,
        a_database_with_another_text_of_a_step_is_refused,
        a_foreign_database_is_refused_untouched,
        many_may_open_an_empty_database_at_once;
}
