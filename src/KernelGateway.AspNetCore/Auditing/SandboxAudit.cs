using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using KernelGateway.Logging;
using KernelGateway.SandboxServices.Processes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KernelGateway.AspNetCore.Auditing;

/// <summary>
/// Logs who used which file and started which command or terminal. Commands are logged as their hash and length only.
/// Contents of files, input and output are not logged.
/// </summary>
/// <param name="logger">The log; null when <see cref="KernelGatewayHttpOptions.Audit"/> is off.</param>
internal sealed partial class SandboxAudit(ILogger? logger)
{
    private readonly ILogger _logger = logger ?? Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

    // Who has sent input to which process: one line for all of it, because each key in a terminal is a request.
    private readonly ConditionalWeakTable<SandboxProcess, ConcurrentDictionary<AuditCaller, bool>> _senders = [];

    private bool IsOn { get; } = logger is not null;

    /// <summary>Logs the use of a file or directory.</summary>
    /// <param name="context">The request.</param>
    /// <param name="operation">A verb, such as <c>read</c>.</param>
    /// <param name="path">The absolute path.</param>
    public void File(HttpContext context, string operation, string path)
    {
        if (IsOn) File(AuditCaller.From(context), operation, path);
    }

    public void File(AuditCaller caller, string operation, string path)
    {
        if (IsOn) LogFile(caller.TokenName, caller.Address, operation, OutsideText.Escape(path));
    }

    /// <summary>Logs that a file or directory was moved.</summary>
    public void Moved(HttpContext context, string path, string targetPath)
    {
        if (!IsOn) return;
        var caller = AuditCaller.From(context);
        LogMoved(caller.TokenName, caller.Address, OutsideText.Escape(path), OutsideText.Escape(targetPath));
    }

    /// <summary>Logs the start of a command or terminal.</summary>
    public void Started(HttpContext context, SandboxProcess process)
    {
        if (IsOn) Started(AuditCaller.From(context), process);
    }

    public void Started(AuditCaller caller, SandboxProcess process)
    {
        if (!IsOn) return;

        // As in /proc/PID/cmdline, so that sha256sum computes the same.
        var text = string.Concat(process.Options.Arguments.Prepend(process.Options.Command).Select(part => part + '\0'));
        var bytes = Encoding.UTF8.GetBytes(text);
        LogStarted(
            caller.TokenName,
            caller.Address,
            process.IsTerminal ? "terminal" : "command",
            process.ProcessId,
            Convert.ToHexStringLower(SHA256.HashData(bytes)),
            bytes.Length);
    }

    /// <summary>Logs what else was done with a command or terminal.</summary>
    public void Process(HttpContext context, string operation, SandboxProcess process)
    {
        if (IsOn) Process(AuditCaller.From(context), operation, process);
    }

    public void Process(AuditCaller caller, string operation, SandboxProcess process)
    {
        if (IsOn) LogProcess(caller.TokenName, caller.Address, operation, process.ProcessId);
    }

    /// <summary>Logs the first input that a caller sends to a process.</summary>
    public void Input(HttpContext context, SandboxProcess process)
    {
        if (IsOn) Input(AuditCaller.From(context), process);
    }

    public void Input(AuditCaller caller, SandboxProcess process)
    {
        if (IsOn && _senders.GetOrCreateValue(process).TryAdd(caller, true)) Process(caller, "input", process);
    }

    /// <summary>Logs that settings of the sandbox were changed, by their names.</summary>
    public void Configured(HttpContext context, IEnumerable<string> settings)
    {
        if (!IsOn) return;
        var caller = AuditCaller.From(context);
        LogConfigured(caller.TokenName, caller.Address, string.Join(", ", settings));
    }

    [LoggerMessage(5404, LogLevel.Information, "Token {TokenName} from {RemoteAddress}, files: {Operation} {Path}.")]
    private partial void LogFile(string tokenName, string remoteAddress, string operation, string path);

    [LoggerMessage(5405, LogLevel.Information, "Token {TokenName} from {RemoteAddress}, files: move {Path} to {TargetPath}.")]
    private partial void LogMoved(string tokenName, string remoteAddress, string path, string targetPath);

    [LoggerMessage(5406, LogLevel.Information,
        "Token {TokenName} from {RemoteAddress} started {ProcessKind} {ProcessId}: SHA-256 {CommandHash}, {CommandBytes} bytes.")]
    private partial void LogStarted(
        string tokenName, string remoteAddress, string processKind, int processId, string commandHash, int commandBytes);

    [LoggerMessage(5407, LogLevel.Information, "Token {TokenName} from {RemoteAddress}, process {ProcessId}: {Operation}.")]
    private partial void LogProcess(string tokenName, string remoteAddress, string operation, int processId);

    [LoggerMessage(5408, LogLevel.Information,
        "Token {TokenName} from {RemoteAddress} changed settings of the sandbox: {Settings}.")]
    private partial void LogConfigured(string tokenName, string remoteAddress, string settings);
}
