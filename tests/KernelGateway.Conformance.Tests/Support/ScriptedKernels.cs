using System.Globalization;
using KernelGateway.Conformance.Languages;
using KernelGateway.Conformance.Targets;
using KernelGateway.Kernelspecs;
using KernelGateway.Launching;
using KernelGateway.Testing.Scripting;

namespace KernelGateway.Conformance.Tests.Support;

/// <summary>Starts scripted kernels that behave correctly, except for the change that a test makes.</summary>
internal sealed class ScriptedKernels(Action<ScriptedKernel>? misbehave = null) : IKernelProvisioner
{
    private int _gate;

    public List<ScriptedKernel> Started { get; } = [];

    public static async Task<ConformanceReport> ExamineAsync(
        Action<ScriptedKernel> misbehave, IEnumerable<string> only, CancellationToken cancellationToken)
    {
        var kernels = new ScriptedKernels(misbehave);
        await using var target = kernels.CreateTarget();
        var options = kernels.CreateOptions();
        options.Only.UnionWith(only);
        return await ConformanceRun.RunAsync(target, options, cancellationToken: cancellationToken);
    }

    public ConformanceTarget CreateTarget() => ConformanceTarget.Launch(
        new KernelSpec
        {
            Name = "scripted", Argv = ["scripted"], DisplayName = "Scripted", Language = "echo", ResourceDirectory = "/nowhere",
            InterruptMode = KernelInterruptMode.Message,
        },
        this);

    public ConformanceOptions CreateOptions()
    {
        var options = new ConformanceOptions { Grace = TimeSpan.FromSeconds(1), EndLongRunning = ReleaseAsync };
        options.Languages["echo"] = Echo();
        return options;
    }

    public async Task<IKernelProcess> LaunchAsync(KernelLaunch launch, CancellationToken cancellationToken = default) =>
        new ScriptedProcess(await StartAsync(cancellationToken));

    public async Task<ScriptedKernel> StartAsync(CancellationToken cancellationToken)
    {
        var kernel = await ScriptedKernel.StartAsync(new ScriptedKernelOptions { SendsWelcome = true }, cancellationToken);
        EchoHistory.Install(kernel);
        misbehave?.Invoke(kernel);
        Started.Add(kernel);
        return kernel;
    }

    // Long-running echo code waits for its gate and not for a time.
    private async Task ReleaseAsync(string lastMessageId, CancellationToken cancellationToken)
    {
        var kernel = Started[^1];
        await kernel.Received.WaitForAsync(received => received.Message?.MessageId == lastMessageId, cancellationToken);
        kernel.Release(Gate());
    }

    private string Gate() => string.Create(CultureInfo.InvariantCulture, $"gate{_gate}");

    private LanguageSnippets Echo() => new()
    {
        Print = text => $"print {text}",
        PrintError = text => $"warn {text}",
        Value = "return 42",
        Error = "raise ValueError wrong",
        // The language has no variables. The check only needs code that runs.
        Define = "print defined",
        ReadBack = "print 42",
        LongRunning = _ =>
        {
            _gate++;
            return $"print on\nwait {Gate()}\n";
        },
        Input = "input name?",
        Password = "password secret?",
        DisplayAndUpdate = "display conformance first\nupdate conformance second",
        Clear = "clear wait",
        Incomplete = "pri",
        Completion = "print",
        AstralPrefix = "😀 ",
        Inspectable = "print",
        CompleteCode = "print x",
        IncompleteCode = "print x\\",
        LargeCode = length => $"print large {new string('b', length)}",
        LargeOutput = length => $"print {new string('a', length)}",
    };
}
