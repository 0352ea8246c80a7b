using System.Text;

namespace KernelGateway.Notebooks.Outputs;

/// <summary>The text of a stream as a notebook shows it: a carriage return goes back to the start of the line, a backspace one character.</summary>
/// <remarks>Overwritten text is removed, as in JupyterLab: of the states of a progress bar only the last one is kept.</remarks>
internal sealed class StreamText
{
    private const int FirstLineCapacity = 256;

    private readonly StringBuilder _lines = new();

    // The last line, the only one that can be overwritten. It is an array, because writing into a StringBuilder searches its
    // chunks.
    private char[] _line = new char[FirstLineCapacity];
    private int _lineLength;
    private int _cursor;

    public int Length => _lines.Length + _lineLength;

    public void Append(ReadOnlySpan<char> chunk)
    {
        while (!chunk.IsEmpty)
        {
            var control = chunk.IndexOfAny('\n', '\r', '\b');
            Write(control < 0 ? chunk : chunk[..control]);
            if (control < 0) return;
            Move(chunk[control]);
            chunk = chunk[(control + 1)..];
        }
    }

    public override string ToString() => string.Concat(_lines.ToString(), _line.AsSpan(0, _lineLength));

    private void Write(ReadOnlySpan<char> text)
    {
        var end = _cursor + text.Length;
        if (end > _line.Length) Array.Resize(ref _line, (int)Math.Min(Math.Max(end, _line.Length * 2L), Array.MaxLength));
        text.CopyTo(_line.AsSpan(_cursor));
        _cursor = end;
        _lineLength = Math.Max(_lineLength, end);
    }

    private void Move(char control)
    {
        if (control == '\n')
        {
            _lines.Append(_line.AsSpan(0, _lineLength)).Append('\n');
            _lineLength = _cursor = 0;
        }
        else if (control == '\r')
        {
            _cursor = 0;
        }
        else if (_cursor > 0)
        {
            _cursor--;
        }
    }
}
