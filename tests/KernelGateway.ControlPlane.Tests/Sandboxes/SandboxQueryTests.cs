using FluentAssertions;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Sandboxes;

/// <summary>Filters, order and pages of lists.</summary>
public sealed class SandboxQueryTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void Newest_come_first_and_equal_times_are_ordered_by_id()
    {
        Sandbox[] all = [Create("ib", 1), Create("ic", 0), Create("ia", 1)];

        Ids(new SandboxQuery().Apply(all)).Should().Equal("ia", "ib", "ic");
        Ids(new SandboxQuery { IsAscending = true }.Apply(all)).Should().Equal("ic", "ib", "ia");
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Pages_have_each_sandbox_once_in_the_order_of_the_list(bool isAscending)
    {
        var all = Enumerable.Range(0, 7).Select(i => Create($"i{i}", i / 2, i % 3 == 0 ? SandboxState.Paused : SandboxState.Running)).ToArray();
        var query = new SandboxQuery { IsAscending = isAscending, Limit = 2 };
        var seen = new List<string>();
        for (SandboxPage? page = null; page is null || page.Next is not null;)
        {
            page = query.Apply(all);
            seen.AddRange(Ids(page));
            page.TotalRunning.Should().Be(4);
            if (page.Next is { } next) query = query with { After = SandboxCursor.TryParse(next.ToString()) };
        }

        seen.Should().Equal(Ids(new SandboxQuery { IsAscending = isAscending }.Apply(all)));
    }

    [Test]
    public void Last_page_that_is_full_has_no_next()
    {
        var page = new SandboxQuery { Limit = 2 }.Apply([Create("ia", 0), Create("ib", 1)]);

        page.Items.Should().HaveCount(2);
        page.Next.Should().BeNull();
    }

    [Test]
    public void Cursor_of_a_sandbox_that_has_ended_still_works()
    {
        Sandbox[] all = [Create("ia", 3), Create("ib", 2), Create("ic", 1)];
        var next = new SandboxQuery { Limit = 2 }.Apply(all).Next;

        Ids(new SandboxQuery { After = next }.Apply([all[0], all[2]])).Should().Equal("ic");
    }

    [Test]
    public void Filters_are_all_applied()
    {
        Sandbox[] all =
        [
            Create("ia", 0, metadata: new() { ["a"] = "1", ["b"] = "2" }),
            Create("ib", 1, SandboxState.Paused, new() { ["a"] = "1" }),
            Create("ic", 2),
        ];

        Ids(new SandboxQuery { Metadata = [new("a", "1")] }.Apply(all)).Should().Equal("ib", "ia");
        Ids(new SandboxQuery { Metadata = [new("a", "1"), new("b", "2")] }.Apply(all)).Should().Equal("ia");
        Ids(new SandboxQuery { WithRunning = false }.Apply(all)).Should().Equal("ib");
        Ids(new SandboxQuery { StartedAfter = Start.AddSeconds(1) }.Apply(all)).Should().Equal("ic", "ib");
        Ids(new SandboxQuery { TemplateId = "other" }.Apply(all)).Should().BeEmpty();
    }

    [TestCase("")]
    [TestCase("%%%")]
    [TestCase("bm9uc2Vuc2U")]
    [TestCase("MjAyNi0wMS0wMVQwMDowMDowMC4wMDAwMDAwWl9faWFfX3g")]
    public void Malformed_cursor_is_recognised(string text) => SandboxCursor.TryParse(text).Should().BeNull();

    private static IEnumerable<string> Ids(SandboxPage page) => page.Items.Select(item => item.Record.Id);

    private static Sandbox Create(
        string id, int second, SandboxState state = SandboxState.Running, Dictionary<string, string>? metadata = null) =>
        new(
            new SandboxRecord
            {
                Id = id,
                TeamId = "team",
                State = StoredState.Running,
                TemplateId = "base",
                BaseTemplateId = "base",
                StartedAt = Start.AddSeconds(second),
                Metadata = metadata,
            },
            state);
}
