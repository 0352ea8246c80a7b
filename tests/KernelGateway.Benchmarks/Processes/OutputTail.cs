using System.Diagnostics;

namespace KernelGateway.Benchmarks.Processes;

/// <summary>Keeps the last lines of a process's output for error messages.</summary>
internal sealed class OutputTail
{
    private const int MaxLines = 40;

    private readonly Queue<string> _lines = new();

    /// <summary>Reads standard error until the process exits.</summary>
    public static OutputTail OfStandardError(Process process)
    {
        var tail = new OutputTail();
        process.ErrorDataReceived += (_, line) => tail.Add(line.Data);
        process.BeginErrorReadLine();
        return tail;
    }

    public void Add(string? line)
    {
        if (line is null) return;
        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > MaxLines) _lines.Dequeue();
        }
    }

    public override string ToString()
    {
        lock (_lines) return string.Join(Environment.NewLine, _lines);
    }
}
