using KernelGateway.Client.Connect;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client;

/// <summary>The calls about a running process that commands and terminals share.</summary>
internal sealed class ProcessCalls(EnvdClient envd)
{
    public const string Service = "process.Process";

    public static JObject Selector(int pid) => new() { ["pid"] = pid };

    public async Task<IReadOnlyList<ProcessInfo>> ListAsync(CancellationToken cancellationToken)
    {
        var answer = await CallAsync("List", [], cancellationToken).ConfigureAwait(false);
        return answer["processes"] is JArray processes ? [.. processes.Select(ProcessInfo.Read)] : [];
    }

    /// <summary>Kills a process; returns false when there is none.</summary>
    public async Task<bool> KillAsync(int pid, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync("SendSignal", new JObject { ["process"] = Selector(pid), ["signal"] = "SIGNAL_SIGKILL" }, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SandboxProcessNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Sends input.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="kind"><c>stdin</c> or <c>pty</c>.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task SendInputAsync(int pid, string kind, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => CallAsync(
        "SendInput",
        new JObject { ["process"] = Selector(pid), ["input"] = new JObject { [kind] = Convert.ToBase64String(content.Span) } },
        cancellationToken);

    public Task CloseStdinAsync(int pid, CancellationToken cancellationToken)
    {
        envd.Version.Require(EnvdVersion.CloseStdin, "CloseStdinAsync");
        return CallAsync("CloseStdin", new JObject { ["process"] = Selector(pid) }, cancellationToken);
    }

    public Task ResizeAsync(int pid, int cols, int rows, CancellationToken cancellationToken) =>
        CallAsync("Update", new JObject { ["process"] = Selector(pid), ["pty"] = TerminalSize(cols, rows) }, cancellationToken);

    public static JObject TerminalSize(int cols, int rows) => new() { ["size"] = new JObject { ["cols"] = cols, ["rows"] = rows } };

    private Task<JObject> CallAsync(string method, JObject request, CancellationToken cancellationToken) =>
        envd.CallAsync($"{Service}/{method}", request, null, EnvdErrors.Process, cancellationToken);
}
