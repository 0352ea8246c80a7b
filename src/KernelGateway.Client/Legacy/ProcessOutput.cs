namespace KernelGateway.Client.Legacy;

/// <summary>What a process or a cell has written.</summary>
/// <param name="Line">A line of a process, without its end; of a cell, a chunk as its kernel has sent it.</param>
/// <param name="Timestamp">When it came.</param>
/// <param name="IsError">Whether it was written to the standard error.</param>
public sealed record ProcessMessage(string Line, DateTimeOffset Timestamp, bool IsError)
{
    /// <summary>Returns the line.</summary>
    public override string ToString() => Line;
}

/// <summary>What a process has written so far, and how it ended.</summary>
public sealed class ProcessOutput
{
    private readonly Lock _gate = new();
    private readonly List<ProcessMessage> _messages = [];

    internal ProcessOutput()
    {
    }

    /// <summary>Gets the lines of the standard output, with line ends between them.</summary>
    public string Stdout => Join(isError: false);

    /// <summary>Gets the lines of the standard error, with line ends between them.</summary>
    public string Stderr => Join(isError: true);

    /// <summary>Gets a value indicating whether something was written to the standard error.</summary>
    public bool HasError
    {
        get
        {
            lock (_gate) return _messages.Exists(message => message.IsError);
        }
    }

    /// <summary>Gets the lines of both, in the order in which they came.</summary>
    public IReadOnlyList<ProcessMessage> Messages
    {
        get
        {
            lock (_gate) return [.. _messages];
        }
    }

    /// <summary>Gets the exit code, -1 if a signal has ended the process; null while it runs.</summary>
    public int? ExitCode { get; internal set; }

    internal void Add(ProcessMessage message)
    {
        lock (_gate) _messages.Add(message);
    }

    private string Join(bool isError)
    {
        lock (_gate) return string.Join('\n', _messages.Where(message => message.IsError == isError).Select(message => message.Line));
    }
}
