using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Notebooks;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Transports;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts;

[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class TimeLimitTests(TestedTransport tested)
{
    private const int TestTimeout = 30_000;
    private const string Wanted = "options";

    [TestCase(null, null, null, null)]
    [TestCase(null, 5, null, 5)]
    [TestCase(null, null, 9, 9)]
    [TestCase(null, 5, 9, 5)]
    [TestCase(7, 5, 9, 7)]
    [TestCase(9, 5, 9, 9)]
    [TestCase(7, null, null, 7)]
    public void A_limit_that_was_asked_for_comes_before_the_default_and_that_before_the_longest(int? wanted, int? usual, int? longest, int? chosen) =>
        Choose(Seconds(wanted), usual, longest).Should().Be(Seconds(chosen));

    [TestCase(null, null)]
    [TestCase(9, 9)]
    public void Infinite_is_the_longest_that_is_allowed(int? longest, int? chosen) =>
        Choose(Timeout.InfiniteTimeSpan, 5, longest).Should().Be(Seconds(chosen));

    [Test]
    public void A_limit_beyond_the_longest_is_refused_with_both_values()
    {
        var choosing = () => Choose(TimeSpan.FromSeconds(9.001), 5, 9);

        choosing.Should().Throw<ArgumentException>().WithMessage("*00:00:09 here; it is 00:00:09.0010000*").WithParameterName(Wanted);
    }

    [TestCase(0)]
    [TestCase(-5)]
    [TestCase(50 * 86400)]
    public void A_limit_that_no_timer_can_have_is_refused(int seconds)
    {
        var choosing = () => Choose(TimeSpan.FromSeconds(seconds), null, null);

        choosing.Should().Throw<ArgumentException>();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Code_without_a_limit_of_its_own_ends_with_the_default_one(CancellationToken cancellationToken)
    {
        var limit = TimeSpan.FromSeconds(3);
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Options.Contexts.DefaultTimeout = limit);
        var context = await scripted.CreateContextAsync(cancellationToken);

        var execution = context.Submit("wait for-ever");
        await execution.ReadEventsAsync(0, cancellationToken).OfType<StartedEvent>().FirstAsync(cancellationToken);
        scripted.Time.Advance(limit);

        (await execution.Ended.WaitAsync(cancellationToken)).Reason.Should().Be(ExecutionEndReason.TimedOut);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Notebook_with_a_limit_beyond_the_longest_is_refused_before_its_first_cell(CancellationToken cancellationToken)
    {
        await using var scripted = await tested.StartGatewayAsync(gateway => gateway.Options.Contexts.MaxTimeout = TimeSpan.FromSeconds(9));
        var context = await scripted.CreateContextAsync(cancellationToken);
        var notebook = Notebook.Parse(new JObject { ["cells"] = new JArray(), ["metadata"] = new JObject(), ["nbformat"] = 4, ["nbformat_minor"] = 5 });

        var running = () => NotebookRunner.RunAsync(
            context, notebook, new NotebookRunOptions { CellTimeout = TimeSpan.FromSeconds(10) }, cancellationToken: cancellationToken);

        await running.Should().ThrowAsync<ArgumentException>();
    }

    [TestCase(0, null, "DefaultTimeout")]
    [TestCase(null, -1, "MaxTimeout")]
    [TestCase(10, 9, "DefaultTimeout")]
    [TestCase(null, 50 * 86400, "MaxTimeout")]
    public void Options_that_contradict_each_other_or_fit_no_timer_are_refused(int? usual, int? longest, string option)
    {
        var options = new KernelGatewayOptions();
        (options.Contexts.DefaultTimeout, options.Contexts.MaxTimeout) = (Seconds(usual), Seconds(longest));

        new KernelGatewayOptionsValidator().Validate(null, options).FailureMessage.Should().Contain($"Contexts.{option}");
    }

    private static TimeSpan? Choose(TimeSpan? wanted, int? usual, int? longest) =>
        TimeLimit.Choose(wanted, new ContextOptions { DefaultTimeout = Seconds(usual), MaxTimeout = Seconds(longest) }, Wanted);

    private static TimeSpan? Seconds(int? seconds) => seconds is { } value ? TimeSpan.FromSeconds(value) : null;
}
