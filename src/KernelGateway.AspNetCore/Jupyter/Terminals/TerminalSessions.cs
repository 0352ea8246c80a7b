using System.Globalization;
using KernelGateway.SandboxServices.Processes;

namespace KernelGateway.AspNetCore.Jupyter.Terminals;

/// <summary>The terminals that Jupyter's clients have created. A terminal whose shell has ended is removed.</summary>
#pragma warning disable CA1001 // A semaphore whose AvailableWaitHandle is not used needs no disposal.
internal sealed class TerminalSessions(TimeProvider time)
#pragma warning restore CA1001
{
    private const int Hangup = 1;
    private const int Continue = 18;
    private const int Kill = 9;

    // How long a shell may take to end at SIGHUP.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _naming = new(1);
    private readonly List<TerminalSession> _sessions = [];

    public IReadOnlyList<TerminalSession> List()
    {
        lock (_gate) return [.. _sessions];
    }

    public TerminalSession? Find(string name)
    {
        lock (_gate) return _sessions.Find(session => session.Name == name);
    }

    /// <summary>Returns the terminal of a name, or creates it.</summary>
    /// <param name="name">The name; null for the first free number.</param>
    /// <param name="start">Starts the shell.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="SandboxProcessException">The shell cannot be started.</exception>
    public async Task<TerminalSession> GetOrCreateAsync(
        string? name, Func<string, CancellationToken, Task<SandboxProcess>> start, CancellationToken cancellationToken)
    {
        await _naming.WaitAsync(cancellationToken);
        try
        {
            if (name is not null && Find(name) is { } present) return present;
            name ??= FindFreeName();
            var session = new TerminalSession(name, await start(name, cancellationToken), time);
            lock (_gate) _sessions.Add(session);
            using (ExecutionContext.SuppressFlow()) _ = RemoveWhenEndedAsync(session);
            return session;
        }
        finally
        {
            _naming.Release();
        }
    }

    /// <summary>Ends a terminal: hangs up as a closed window does, and kills what stays.</summary>
    public async Task EndAsync(TerminalSession session)
    {
        var process = session.Process;

        // A stopped shell could not react.
        if (process.Signal(Hangup)) process.Signal(Continue);
        try
        {
            await process.Ended.WaitAsync(Grace, time);
        }
        catch (TimeoutException)
        {
            // A job that ignores SIGHUP, or a shell that does.
        }

        process.Signal(Kill);
        await process.Ended;
        Remove(session);
    }

    private string FindFreeName()
    {
        for (var number = 1; ; number++)
        {
            var name = number.ToString(CultureInfo.InvariantCulture);
            if (Find(name) is null) return name;
        }
    }

    private async Task RemoveWhenEndedAsync(TerminalSession session)
    {
        await session.ReadAsync();
        Remove(session);
    }

    private void Remove(TerminalSession session)
    {
        lock (_gate) _sessions.Remove(session);
    }
}
