using System.Text;

namespace KernelGateway.Client.Legacy;

/// <summary>Cuts the chunks of an output stream into lines. A carriage return before the end of a line is dropped.</summary>
internal sealed class OutputLines
{
    private readonly StringBuilder _rest = new();

    /// <summary>Takes a chunk and returns the lines that it completes, without their ends.</summary>
    public List<string> Add(string chunk)
    {
        var lines = new List<string>();
        var start = 0;
        for (int end; (end = chunk.IndexOf('\n', start)) >= 0; start = end + 1)
        {
            _rest.Append(chunk, start, end - start);
            lines.Add(Take());
        }

        _rest.Append(chunk, start, chunk.Length - start);
        return lines;
    }

    /// <summary>Returns the last line, which has no end; null if there is none.</summary>
    public string? Complete() => _rest.Length == 0 ? null : Take();

    private string Take()
    {
        if (_rest.Length > 0 && _rest[^1] == '\r') _rest.Length--;
        var line = _rest.ToString();
        _rest.Clear();
        return line;
    }
}
