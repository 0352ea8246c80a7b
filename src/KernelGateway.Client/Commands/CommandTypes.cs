using KernelGateway.Client.Connect;
using KernelGateway.Sandboxes;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>How a command is started.</summary>
public sealed class CommandStartOptions
{
    /// <summary>Gets or sets the directory in which it starts. Default: the default directory of the sandbox.</summary>
    public string? Cwd { get; set; }

    /// <summary>Gets or sets the user who runs it. Default: the default user of the sandbox.</summary>
    public string? User { get; set; }

    /// <summary>Gets or sets environment variables for this command. They override those of the sandbox. Default: none.</summary>
    public IReadOnlyDictionary<string, string>? Envs { get; set; }

    /// <summary>Gets or sets whether it gets an open standard input.</summary>
    /// <value>Default: false. <see cref="CommandHandle.SendStdinAsync(string, CancellationToken)"/> writes to it.</value>
    public bool Stdin { get; set; }

    /// <summary>Gets or sets how long it may run; then it is killed.</summary>
    /// <value>Default: 60 seconds. <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> and zero are no limit.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets the callback that is called with each chunk of standard output. It should be quick.</summary>
    /// <value>An exception ends the handle, not the command, and reaches <see cref="CommandHandle.WaitAsync"/>.</value>
    public Action<string>? OnStdout { get; set; }

    /// <summary>Gets or sets the callback that is called with each chunk of standard error. It should be quick.</summary>
    public Action<string>? OnStderr { get; set; }
}

/// <summary>How a running command is connected to.</summary>
public sealed class CommandConnectOptions
{
    /// <summary>Gets or sets how long the connection lasts; the command goes on then.</summary>
    /// <value>Default: 60 seconds. <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> and zero are no limit.</value>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets the callback that is called with each chunk of standard output from now on.</summary>
    public Action<string>? OnStdout { get; set; }

    /// <summary>Gets or sets the callback that is called with each chunk of standard error from now on.</summary>
    public Action<string>? OnStderr { get; set; }
}

/// <summary>A chunk of a command's output.</summary>
/// <param name="Text">The text.</param>
/// <param name="IsError">Whether it is standard error.</param>
public readonly record struct CommandOutput(string Text, bool IsError);

/// <summary>A command or terminal that runs in a sandbox.</summary>
/// <param name="Pid">Its process id.</param>
/// <param name="Tag">The name it was started with, or null.</param>
/// <param name="Cmd">The program.</param>
/// <param name="Args">Its arguments.</param>
/// <param name="Envs">The variables it was started with.</param>
/// <param name="Cwd">The directory it was started in, or null for the default one.</param>
public sealed record ProcessInfo(
    int Pid, string? Tag, string Cmd, IReadOnlyList<string> Args, IReadOnlyDictionary<string, string> Envs, string? Cwd)
{
    internal static ProcessInfo Read(JToken body)
    {
        var config = body["config"] ?? new JObject();
        return new ProcessInfo(
            (int)body.Number("pid"), body.Text("tag"), config.Text("cmd") ?? "", config.List("args") ?? [], config.Texts("envs"), config.Text("cwd"));
    }
}

/// <summary>A command has ended with an exit code other than 0, or by a signal. The sandbox works.</summary>
public sealed class CommandExitException : SandboxException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="outcome">What the command wrote and how it ended.</param>
    public CommandExitException(CommandOutcome outcome)
        : base(SandboxError.Other, Describe(outcome ?? throw new ArgumentNullException(nameof(outcome)))) => Outcome = outcome;

    /// <summary>Gets what the command wrote and how it ended.</summary>
    public CommandOutcome Outcome { get; }

    /// <summary>Gets the exit code; -1 when a signal ended it.</summary>
    public int ExitCode => Outcome.ExitCode;

    /// <summary>Gets its standard output.</summary>
    public string Stdout => Outcome.Stdout;

    /// <summary>Gets its standard error.</summary>
    public string Stderr => Outcome.Stderr;

    private static string Describe(CommandOutcome outcome) => outcome.Error ?? $"exit status {outcome.ExitCode}";
}
