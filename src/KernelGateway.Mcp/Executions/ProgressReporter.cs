using System.Text;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace KernelGateway.Mcp.Executions;

/// <summary>Tells a client that asked for it what the code of its call writes, while it runs.</summary>
/// <remarks>
/// The first output is sent at once, then at most four notifications a second: they are for people who watch, and the result has the output anyway.
/// </remarks>
internal sealed class ProgressReporter
{
    private const int MaxCharacters = 2000;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly McpServer _server;
    private readonly ProgressToken _token;
    private readonly TimeProvider _time;
    private readonly StringBuilder _unsent = new();
    private long? _sentAt;
    private int _count;

    private ProgressReporter(McpServer server, ProgressToken token, TimeProvider time)
    {
        _server = server;
        _token = token;
        _time = time;
    }

    /// <summary>Creates it for a call; null when the client did not ask for progress.</summary>
    public static ProgressReporter? Create(RequestContext<CallToolRequestParams> request, TimeProvider time) =>
        request.Params?.ProgressToken is { } token ? new ProgressReporter(request.Server, token, time) : null;

    /// <summary>Reports output.</summary>
    public async ValueTask WriteAsync(string text, CancellationToken cancellationToken)
    {
        _unsent.Append(text);
        if (_unsent.Length > MaxCharacters) _unsent.Remove(0, _unsent.Length - MaxCharacters);
        if (_sentAt is { } sentAt && _time.GetElapsedTime(sentAt) < Interval) return;
        var message = _unsent.ToString();
        _unsent.Clear();
        await SendAsync(new ProgressNotificationValue { Progress = ++_count, Message = message }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reports a step.</summary>
    public async ValueTask StepAsync(int step, int total, string message, CancellationToken cancellationToken) =>
        await SendAsync(new ProgressNotificationValue { Progress = step, Total = total, Message = message }, cancellationToken).ConfigureAwait(false);

    private async Task SendAsync(ProgressNotificationValue value, CancellationToken cancellationToken)
    {
        _sentAt = _time.GetTimestamp();
        await _server.NotifyProgressAsync(_token, value, cancellationToken: cancellationToken).ConfigureAwait(false);
    }
}
