"""Several processes go the same way as one: scenarios that gloo processes play together."""

import functools
from pathlib import Path

import pytest

import gloo

IN_TWO = {
    "divided_scenarios": (
        "element_wise_rules_give_the_same_bits_under_fsdp2",
        "rules_with_sums_are_exact_under_fsdp2",
        "matrices_are_whole_under_fsdp2",
        "a_global_clip_is_that_of_the_whole_model",
        "a_clip_of_each_tensor_is_that_of_the_whole_tensor",
        "accumulated_gradients_clip_as_one_does",
        "norms_of_rows_and_columns_are_whole",
        "the_device_goes_as_one",
        "averages_are_swapped_in_and_out",
        "a_resharded_model_is_evaluated_with_averages",
        "stacks_of_matrices_go_as_one",
        "a_factor_for_moves_is_that_of_the_whole_model",
        "several_optimizers_go_as_one",
        "fsdp2_of_one_process_is_as_none",
        "plain_and_divided_parameters_go_together",
        "gradients_as_summands_are_added_up",
        "replicated_data_goes_as_one",
        "steps_in_the_backward_pass_go_as_one",
        "steps_in_the_backward_pass_of_replicated_data_are_refused",
        "the_last_norm_is_that_of_the_whole_model",
    ),
    "agreement_scenarios": (
        "a_step_is_skipped_in_all_processes_or_in_none",
        "every_process_raises_what_one_has_found",
        "a_gradient_scaler_skips_in_all_processes",
        "what_cannot_be_divided_is_refused",
        "what_is_left_out_is_noticed",
    ),
    "shared_out_scenarios": (
        "shared_out_parameters_go_as_one",
        "a_shared_out_state_goes_on",
        "states_of_few_bytes_are_shared_out",
        "a_process_without_parameters_takes_part",
        "shared_out_parameters_are_skipped_together",
        "a_copy_has_the_same_group",
        "fsdp1_goes_as_one_where_weights_are_on_their_own",
        "flat_parameters_are_refused_where_more_must_be_known",
    ),
    "expert_scenarios": (
        "norms_count_each_expert_once",
        "experts_are_skipped_together",
        "several_norms_are_told_in_all_processes",
        "several_norms_are_told_later_as_well",
        "other_models_have_other_norms",
        "process_groups_are_not_saved",
        "what_is_no_process_group_is_refused",
    ),
    "search_scenarios": (
        "searches_of_replicated_data_go_as_one",
        "searches_go_as_one_under_fsdp2",
        "states_of_searches_go_on",
        "what_no_search_can_know_is_refused",
        "what_one_closure_does_not_give_is_refused_in_all",
        "sums_that_are_left_out_are_noticed",
    ),
    "support_trials": (
        "divided_parameters_are_as_the_table_says",
        "flat_parameters_are_as_the_table_says",
        "shared_out_parameters_are_as_the_table_says",
    ),
    "resharding_scenarios": (
        "a_whole_state_is_divided_and_gathered",
        "rates_by_a_schedule_go_on_from_a_checkpoint",
        "two_processes_go_on_from_what_four_have_saved",
        "two_processes_go_on_with_16_bits_and_save",
        "a_remainder_is_gathered_as_a_master",
    ),
}
IN_FOUR = {
    "divided_scenarios": (
        "hybrid_sharding_goes_as_one",
        "tensor_parallel_and_fsdp2_go_as_one",
        "a_factor_for_moves_is_that_of_the_whole_model",
        "factors_for_moves_go_as_one_in_grids",
        "other_optimizers_go_as_one",
        "what_is_stored_in_16_bits_goes_as_one",
        "what_is_stored_in_8_bits_goes_as_one",
        "other_matrices_are_whole_under_fsdp2",
        "any_placement_goes_as_one",
        "small_models_leave_processes_without_a_part",
    ),
    "agreement_scenarios": ("a_step_is_skipped_in_all_processes_or_in_none",),
    "shared_out_scenarios": ("shared_out_parameters_go_as_one",),
    "search_scenarios": ("searches_go_as_one_in_grids",),
    "expert_scenarios": (
        "norms_count_each_expert_once",
        "several_norms_are_told_in_all_processes",
        "other_models_have_other_norms",
    ),
    "resharding_scenarios": (
        "four_processes_save",
        "four_processes_save_what_is_stored_in_16_bits",
    ),
}
IN_EIGHT = {"resharding_scenarios": ("eight_processes_go_on_with_16_bits",)}
PLAYED = {
    count: [f"{module}.{name}" for module, names in played.items() for name in names]
    for count, played in ((4, IN_FOUR), (2, IN_TWO), (8, IN_EIGHT))
}


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """What went wrong in the scenarios of so many processes, which are played once."""
    kept = tmp_path_factory.mktemp("kept")

    @functools.cache
    def played(count: int) -> dict[str, str]:
        folder: Path = tmp_path_factory.mktemp(f"of{count}")
        return gloo.play(PLAYED[count], count, folder, kept)

    played(4)  # what two go on from
    played(2)  # what eight go on from
    return played


@pytest.mark.parametrize(("count", "name"), [(n, s) for n, names in PLAYED.items() for s in names])
def test_several_processes_go_the_same_way_as_one(errors, count, name):
    if errors(count)[name]:
        pytest.fail(errors(count)[name], pytrace=False)


def test_an_error_of_one_process_is_seen(tmp_path):
    errors = gloo.play(["gloo.second_fails", "gloo.nothing"], 2, tmp_path, tmp_path)
    assert "rank 1" in errors["gloo.second_fails"]
    assert "on purpose" in errors["gloo.second_fails"]
    assert "not finished" in errors["gloo.nothing"]
