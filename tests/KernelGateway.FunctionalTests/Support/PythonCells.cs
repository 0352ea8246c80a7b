using FluentAssertions;
using KernelGateway.Executions;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>Runs the cells of a fixture in one kernel, because loading pandas and matplotlib takes longer than all of its tests.</summary>
/// <remarks>A cell must not depend on the cells of other tests. The queue of the context determines their order.</remarks>
[RequiresKernel]
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public abstract class PythonCells(params string[] packages)
{
    private PythonGateway _python = null!;

    [OneTimeSetUp]
    public async Task StartTheKernel()
    {
        _python = await PythonGateway.StartAsync(TestContext.CurrentContext.CancellationToken);
        foreach (var package in packages)
        {
            var found = await _python.Context.RunAsync($"import importlib.util; importlib.util.find_spec('{package}') is not None");
            if (found.Text == "True") continue;
            await _python.DisposeAsync();
            Assert.Ignore($"The Python package {package} is not installed.");
        }
    }

    [OneTimeTearDown]
    public async Task StopTheKernel()
    {
        if (_python is not null) await _python.DisposeAsync();
    }

    /// <summary>Runs a cell that must neither raise an exception nor write to standard error.</summary>
    internal async Task<IReadOnlyList<ExecutionOutput>> RunAsync(string code, CancellationToken cancellationToken)
    {
        var execution = await _python.Context.RunAsync(code, cancellationToken: cancellationToken);
        execution.Error.Should().BeNull();
        execution.Logs.Stderr.Should().BeEmpty();
        return execution.Results;
    }

    /// <summary>Runs a cell that has one result.</summary>
    internal async Task<ExecutionOutput> RunOneAsync(string code, CancellationToken cancellationToken) =>
        (await RunAsync(code, cancellationToken)).Should().ContainSingle().Subject;
}
