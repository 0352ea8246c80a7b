using System.Globalization;
using System.Net;
using KernelGateway.AspNetCore.Legacy.Rpc;

namespace KernelGateway.AspNetCore.Legacy.Services;

/// <summary>The service <c>codeSnippet</c>, of which only the topic of opened ports is left.</summary>
internal sealed class PortMethods(TimeProvider time) : IRpcService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Include/net/tcp_states.h of Linux, from 1.
    private static readonly string[] States =
    [
        "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING",
    ];

    public string Name => "codeSnippet";

    public Task<object?>? CallAsync(string method, RpcParameters parameters) => null;

    public Task<IAsyncDisposable>? SubscribeAsync(string topic, RpcParameters parameters, RpcSubscription subscription)
    {
        if (topic != "scanOpenedPorts") return null;
        var timer = new PeriodicTimer(Interval, time);
        _ = NotifyAsync(timer, subscription);
        return Task.FromResult<IAsyncDisposable>(new TimerEnd(timer));
    }

    /// <summary>Reads one line of <c>/proc/net/tcp</c>; null for its head.</summary>
    internal static Dictionary<string, object?>? ReadLine(string line)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 4 || fields[1].Split(':') is not [var address, var port]) return null;
        if (!int.TryParse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var number)
            || !int.TryParse(fields[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var state)
            || state < 1 || state > States.Length) return null;

        // Words of 32 bits in the byte order of the machine.
        var bytes = Convert.FromHexString(address);
        for (var word = 0; word < bytes.Length; word += sizeof(int)) bytes.AsSpan(word, sizeof(int)).Reverse();
        var ip = new IPAddress(bytes);
        return new Dictionary<string, object?>
        {
            ["Ip"] = (ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip).ToString(),
            ["Port"] = number,
            ["State"] = States[state - 1],
        };
    }

    private static async Task NotifyAsync(PeriodicTimer timer, RpcSubscription subscription)
    {
        try
        {
            while (await timer.WaitForNextTickAsync(subscription.Ended))
            {
                var ports = new List<object?>();
                foreach (var table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
                {
                    if (!File.Exists(table)) continue;
                    await foreach (var line in File.ReadLinesAsync(table, subscription.Ended))
                    {
                        if (ReadLine(line) is { } port) ports.Add(port);
                    }
                }

                if (!await subscription.NotifyAsync(ports)) return;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The connection has ended, or the table cannot be read.
        }
    }

    private sealed class TimerEnd(PeriodicTimer timer) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            timer.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
