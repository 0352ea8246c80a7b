using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using NUnit.Framework;
using NUnit.Framework.Interfaces;

namespace KernelGateway.FunctionalTests.Matrix;

/// <summary>The context in which all features of a kernel are tested. The result of each test is added to the table.</summary>
public abstract class KernelMatrix
{
    /// <summary>A value of environment variables that arrives unchanged only when no step quotes, expands or splits it.</summary>
    protected const string Awkward = "it's \"quoted\" \\ $HOME `id` %s\nzweite Zeile: zażółć 日本語 🙂";

    private readonly MatrixTransport _transport;

    private protected KernelMatrix(string kernel, MatrixTransport transport)
    {
        Kernel = MatrixKernels.All.Single(one => one.Name == kernel);
        _transport = transport;
    }

    private protected MatrixKernel Kernel { get; }

    private protected DirectoryInfo WorkingDirectory { get; private set; } = null!;

    private protected Gateway Gateway { get; private set; } = null!;

    private protected CodeContext Context { get; private set; } = null!;

    /// <summary>Gets or sets why the kernel does not have the tested feature; null when it does.</summary>
    private protected string? WhyAbsent { get; set; }

    [OneTimeSetUp]
    public async Task StartTheKernel()
    {
        WorkingDirectory = Directory.CreateTempSubdirectory("matrix é ");
        var builder = new GatewayBuilder(new KernelGatewayOptions
        {
            // A short UnansweredAfter, so that kernels that compute or wait are often checked. The checks must never take them for unanswered.
            Kernels = { StartTimeout = TimeSpan.FromMinutes(3), RequestTimeout = TimeSpan.FromMinutes(1), UnansweredAfter = TimeSpan.FromMilliseconds(200) },

            // Debian's kernelspec of octave names "python". Debian has no such command, and on other systems it may be another interpreter.
            Launching = { PythonInterpreter = "/usr/bin/python3" },
        });
        if (_transport == MatrixTransport.NetMQ) builder.UseNetMQ();
        Gateway = await builder.StartAsync();
        try
        {
            Context = await Gateway.Contexts.CreateAsync(new CreateContextOptions
            {
                KernelSpecName = Kernel.KernelSpec,
                WorkingDirectory = WorkingDirectory.FullName,
                EnvironmentVariables = new Dictionary<string, string> { ["KGCONTEXT"] = Awkward, ["KGVAR"] = Awkward },
            });
        }
        catch (KernelSpecNotFoundException exception)
        {
            Assert.Ignore($"The kernel is not installed; ./test.sh installs it. {exception.Message}");
        }
    }

    [OneTimeTearDown]
    public async Task EndTheKernel()
    {
        await Gateway.DisposeAsync();
        WorkingDirectory.Delete(recursive: true);
    }

    [SetUp]
    public void Forget() => WhyAbsent = null;

    [TearDown]
    public void Note()
    {
        var test = TestContext.CurrentContext;
        MatrixTable.Note(_transport, Kernel.Name, test.Test.MethodName!.Replace('_', ' '), test.Result.Outcome.Status switch
        {
            TestStatus.Passed => WhyAbsent ?? "yes",
            TestStatus.Skipped => "skipped",
            _ => "FAILED",
        });
    }

    private protected async Task<Execution> StartEndlessAsync(CancellationToken cancellationToken)
    {
        var execution = Context.Submit(Kernel.Endless);
        await foreach (var happened in execution.ReadEventsAsync(0, cancellationToken))
        {
            if (happened is StreamEvent || (happened is StartedEvent && !Kernel.PrintsWhileItRuns)) return execution;
            happened.Should().NotBeOfType<EndEvent>("the endless code must not end by itself");
        }

        throw new InvalidOperationException("The events ended without an end event.");
    }

    private protected async Task<bool> IsKeptAsync(CancellationToken cancellationToken) =>
        Out(await RunAsync(Kernel.State.Print, cancellationToken)).Contains("kept 5", StringComparison.Ordinal);

    private protected Task<Execution> RunAsync(string code, CancellationToken cancellationToken) =>
        Context.RunAsync(code, cancellationToken: cancellationToken);

    // Braces would be read as placeholders of the format string.
    private protected static string Describe(Execution execution) =>
        $"the end is {execution.End}, stdout: {Out(execution)} stderr: {Err(execution)} error: {execution.Error}".Replace('{', '(').Replace('}', ')');

    private protected static string Out(Execution execution) => string.Concat(execution.Logs.Stdout);

    private protected static string Err(Execution execution) => string.Concat(execution.Logs.Stderr);
}
