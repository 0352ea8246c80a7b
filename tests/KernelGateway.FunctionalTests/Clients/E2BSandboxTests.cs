using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Clients;

/// <summary>
/// The npm package <c>e2b</c> as it is, against the real command, in both ways in which it can be pointed at one address: in its debug
/// mode, without a token, and with the token that a control plane would have given it.
/// </summary>
/// <remarks>
/// With a token all cases run only with <c>./test.sh --all</c>; <see cref="E2BTokenTests"/> has those that depend on it in every run.
/// </remarks>
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one server for all cases; each has a directory of its own
[TestFixture(false)]
[TestFixture(true, Category = "EveryVariant")]
public sealed class E2BSandboxTests(bool hasToken)
{
    private SandboxServer _server = null!;

    [OneTimeSetUp]
    public async Task StartTheServer() => _server = await SandboxServer.StartAsync(hasToken);

    [OneTimeTearDown]
    public async Task StopTheServer()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [TestCase("is_running")]
    [TestCase("read_in_all_formats")]
    [TestCase("empty_file_in_all_formats")]
    [TestCase("missing_file_is_not_found")]
    [TestCase("write_makes_parents_and_says_what_was_written")]
    [TestCase("write_many_files")]
    [TestCase("write_all_kinds_of_data")]
    [TestCase("long_streams")]
    [TestCase("read_compressed")]
    [TestCase("metadata")]
    [TestCase("info")]
    [TestCase("list")]
    [TestCase("exists_make_rename_remove")]
    [TestCase("pipes_are_refused")]
    [TestCase("signed_urls")]
    [CancelAfter(120_000)]
    public Task Files_of_the_sdk_work_unmodified(string name, CancellationToken cancellationToken) =>
        _server.RunAsync(name, cancellationToken);

    [TestCase("watch_sees_create_chmod_write_rename_remove")]
    [TestCase("recursive_watch_sees_new_directories")]
    [TestCase("watch_without_recursion_sees_the_directory_alone")]
    [TestCase("watch_with_entries")]
    [TestCase("watch_ends_with_its_time_limit")]
    [TestCase("what_cannot_be_watched")]
    [TestCase("watch_that_loses_events_ends_with_an_error")]
    [CancelAfter(120_000)]
    public Task Watches_of_the_sdk_work_unmodified(string name, CancellationToken cancellationToken) =>
        _server.RunAsync(name, cancellationToken);

    [TestCase("run_gives_output_and_exit_code")]
    [TestCase("output_is_streamed")]
    [TestCase("long_output_is_whole")]
    [TestCase("characters_that_are_cut_arrive_whole")]
    [TestCase("stdin_is_sent_and_closed")]
    [TestCase("stdin_is_empty_unless_asked_for")]
    [TestCase("environment_and_directory")]
    [TestCase("list_and_kill")]
    [TestCase("kill_ends_the_whole_group_at_once")]
    [TestCase("time_limit_kills_the_command")]
    [TestCase("command_without_a_limit_outlives_its_stream")]
    [TestCase("output_between_two_streams_is_not_lost")]
    [TestCase("dropped_output_is_told")]
    [TestCase("end_can_be_read_after_the_end")]
    [TestCase("child_that_holds_the_output_does_not_delay_the_end")]
    [TestCase("unknown_processes_are_not_found")]
    [TestCase("terminal_has_a_size_and_input")]
    [TestCase("terminal_is_interrupted_connected_and_killed")]
    [CancelAfter(120_000)]
    public Task Commands_and_terminals_of_the_sdk_work_unmodified(string name, CancellationToken cancellationToken) =>
        _server.RunAsync(name, cancellationToken);

    [TestCase("stdio_server_is_reattached_twenty_times")]
    [TestCase("characters_are_cut_at_every_byte")]
    [TestCase("terminal_gives_the_bytes_as_they_are")]
    [TestCase("late_output_of_a_child_can_be_read_after_the_end")]
    [CancelAfter(120_000)]
    public Task Streams_of_commands_are_whole(string name, CancellationToken cancellationToken) =>
        _server.RunAsync(name, cancellationToken);

    [TestCase("paths_that_cannot_be")]
    [TestCase("paths_with_dots")]
    [TestCase("links_in_a_circle_and_to_nothing")]
    [TestCase("files_as_directories_and_directories_as_files")]
    [TestCase("devices_and_files_of_proc")]
    [TestCase("ten_thousand_files")]
    [TestCase("names_that_are_no_utf8")]
    [TestCase("users_that_do_not_exist")]
    [CancelAfter(120_000)]
    public Task Bad_input_has_its_error_and_leaves_nothing(string name, CancellationToken cancellationToken) =>
        _server.RunAsync(name, cancellationToken);

    [TestCase("git_changes_are_added_and_committed")]
    [TestCase("git_changes_are_restored_and_reset")]
    [TestCase("git_branches")]
    [TestCase("git_config_and_remotes")]
    [TestCase("git_credentials_are_stored")]
    [TestCase("git_clones_pushes_and_pulls")]
    [CancelAfter(120_000)]
    public Task Git_of_the_sdk_works_unmodified(string name, CancellationToken cancellationToken) =>
        _server.RunAsync(name, cancellationToken);
}
