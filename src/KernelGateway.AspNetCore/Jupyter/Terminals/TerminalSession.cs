using KernelGateway.SandboxServices.Processes;

namespace KernelGateway.AspNetCore.Jupyter.Terminals;

/// <summary>One terminal with its shell, and the sizes that its clients have.</summary>
internal sealed class TerminalSession(string name, SandboxProcess process, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<object, TerminalSize> _sizes = [];
    private long _lastActivity = time.GetUtcNow().UtcTicks;
    private TerminalSize _size = process.Options.Terminal!.Value;

    public string Name => name;

    public TerminalOutput Output { get; } = new();

    public SandboxProcess Process => process;

    public DateTimeOffset LastActivity => new(Interlocked.Read(ref _lastActivity), TimeSpan.Zero);

    /// <summary>Reads what the shell prints until it has ended.</summary>
    public async Task ReadAsync()
    {
        await foreach (var output in process.ReadOutputAsync())
        {
            if (output.Data.IsEmpty) continue;
            Touch();
            await Output.AppendAsync(output.Data);
        }

        Output.Complete();
    }

    /// <summary>Records that something was typed or printed.</summary>
    public void Touch() => Interlocked.Exchange(ref _lastActivity, time.GetUtcNow().UtcTicks);

    /// <summary>Sets the size that a client shows. The terminal gets the smallest one of all clients.</summary>
    public void SetSize(object client, TerminalSize size)
    {
        lock (_gate)
        {
            _sizes[client] = size;
            Resize();
        }
    }

    /// <summary>Forgets the size of a client that has disconnected.</summary>
    public void Remove(object client)
    {
        lock (_gate)
        {
            if (_sizes.Remove(client)) Resize();
        }
    }

    private void Resize()
    {
        if (_sizes.Count == 0) return;
        var smallest = new TerminalSize(_sizes.Values.Min(size => size.Columns), _sizes.Values.Min(size => size.Rows));
        if (smallest == _size) return;
        try
        {
            process.Resize(smallest);
            _size = smallest;
        }
        catch (SandboxProcessException)
        {
            // The shell has ended.
        }
    }
}
