using FluentAssertions;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Sandboxes;

/// <summary>How often the file of a template is read: once for each request, whose sandbox is then made from what was read.</summary>
[CancelAfter(60_000)]
public sealed class TemplateReadTests
{
    private const int PoolIsFull = 7271;

    private static readonly SandboxRequest Request = PlaneBench.Request() with { Template = "mine" };

    [Test]
    public async Task Template_is_read_once_for_a_create_a_resume_and_several_forks(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync(template: "{}");

        var sandbox = await bench.CreateAsync(cancellationToken, Request);
        bench.TemplateReads.Should().Be(1);

        await bench.Manager.PauseAsync(bench.Team, sandbox.Id, keepsMemory: false);
        await bench.Manager.ConnectAsync(bench.Team, sandbox.Id, TimeSpan.FromMinutes(1), cancellationToken);
        bench.TemplateReads.Should().Be(2);

        var forks = await bench.Snapshots.ForkAsync(bench.Team, sandbox, count: 3, TimeSpan.FromMinutes(1), cancellationToken);
        forks.Should().HaveCount(3).And.OnlyContain(fork => fork.Failure == null);
        bench.TemplateReads.Should().Be(3);
    }

    [Test]
    public async Task Template_is_read_once_for_a_create_by_another_name(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync(template: """{ "aliases": ["also"] }""");

        await bench.CreateAsync(cancellationToken, Request with { Template = "also" });

        bench.TemplateReads.Should().Be(1);
    }

    [Test]
    public async Task Template_is_read_once_for_a_sandbox_of_a_pool(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync(ready: new Dictionary<string, int> { ["mine"] = 1 }, template: "{}");
        await bench.Log.WaitForAsync(PoolIsFull, 1, cancellationToken);
        var before = bench.TemplateReads;

        await bench.CreateAsync(cancellationToken, Request);

        bench.TemplateReads.Should().Be(before + 1);
        bench.Engine.Calls.Count(call => call.StartsWith("create", StringComparison.Ordinal)).Should().Be(1);
    }

    [Test]
    public async Task Built_in_template_needs_no_file(CancellationToken cancellationToken)
    {
        await using var bench = await PlaneBench.StartAsync(template: """{ "memory": "misspelt" }""");

        await bench.CreateAsync(cancellationToken);

        bench.TemplateReads.Should().Be(0, "a template that cannot be used does not affect others");
    }
}
