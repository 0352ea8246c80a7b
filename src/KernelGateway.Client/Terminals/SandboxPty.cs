using System.Text;
using KernelGateway.Client.Connect;
using KernelGateway.Sandboxes;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>Creates terminals in a sandbox: interactive login shells.</summary>
/// <remarks>Failures are <see cref="SandboxException"/>. All members can be called at the same time.</remarks>
public sealed class SandboxPty
{
    private readonly EnvdClient _envd;
    private readonly ProcessCalls _calls;

    internal SandboxPty(EnvdClient envd)
    {
        _envd = envd;
        _calls = new ProcessCalls(envd);
    }

    /// <summary>Creates a terminal.</summary>
    /// <param name="options">Its size, and what is called with its output; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request. A terminal that was created stays.</param>
    /// <exception cref="SandboxArgumentException">The directory does not exist, or the shell cannot be started.</exception>
    public Task<PtyHandle> CreateAsync(PtyCreateOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new PtyCreateOptions();
        var variables = new JObject { ["TERM"] = "xterm-256color", ["LANG"] = "C.UTF-8", ["LC_ALL"] = "C.UTF-8" };
        foreach (var (name, value) in options.Envs ?? new Dictionary<string, string>(StringComparer.Ordinal)) variables[name] = value;
        var process = new JObject { ["cmd"] = "/bin/bash", ["args"] = new JArray("-i", "-l"), ["envs"] = variables };
        if (options.Cwd is { } directory) process["cwd"] = directory;
        return PtyHandle.OpenAsync(
            _envd,
            "Start",
            new JObject { ["process"] = process, ["pty"] = ProcessCalls.TerminalSize(options.Cols, options.Rows) },
            _envd.UserOr(options.User),
            StreamTimeout.Read(options.Timeout, nameof(options)),
            options.OnData,
            cancellationToken);
    }

    /// <summary>Connects to a terminal that runs. Its output comes from now on.</summary>
    /// <param name="pid">The process id of its shell.</param>
    /// <param name="options">How to connect; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxProcessNotFoundException">No process has the id.</exception>
    public Task<PtyHandle> ConnectAsync(int pid, PtyConnectOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new PtyConnectOptions();
        var request = new JObject { ["process"] = ProcessCalls.Selector(pid) };
        return PtyHandle.OpenAsync(
            _envd, "Connect", request, user: null, StreamTimeout.Read(options.Timeout, nameof(options)), options.OnData, cancellationToken);
    }

    /// <summary>Types a text, as UTF-8.</summary>
    /// <param name="pid">The process id of the shell.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxProcessNotFoundException">No process has the id.</exception>
    public Task SendInputAsync(int pid, string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SendInputAsync(pid, Encoding.UTF8.GetBytes(text), cancellationToken);
    }

    /// <summary>Types bytes.</summary>
    /// <param name="pid">The process id of the shell.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxProcessNotFoundException">No process has the id.</exception>
    public Task SendInputAsync(int pid, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) =>
        _calls.SendInputAsync(pid, "pty", content, cancellationToken);

    /// <summary>Changes the size of a terminal.</summary>
    /// <param name="pid">The process id of the shell.</param>
    /// <param name="cols">The number of columns.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="SandboxProcessNotFoundException">No process has the id.</exception>
    public Task ResizeAsync(int pid, int cols, int rows, CancellationToken cancellationToken = default) =>
        _calls.ResizeAsync(pid, cols, rows, cancellationToken);

    /// <summary>Kills a terminal's shell with SIGKILL.</summary>
    /// <param name="pid">The process id of the shell.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>False when no process has the id.</returns>
    public Task<bool> KillAsync(int pid, CancellationToken cancellationToken = default) => _calls.KillAsync(pid, cancellationToken);
}
