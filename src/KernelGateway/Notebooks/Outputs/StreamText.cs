using System.Text;

namespace KernelGateway.Notebooks.Outputs;

/// <summary>The text of a stream as a notebook shows it: a carriage return goes back to the start of the line, a backspace one character.</summary>
/// <remarks>What is written over is gone, as in JupyterLab: of a progress bar's thousand states the last one stays.</remarks>
internal sealed class StreamText
{
    private readonly StringBuilder _text = new();

    // Of the last line, the only one that can be written over.
    private int _lineStart;
    private int _cursor;

    public int Length => _text.Length;

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

    public override string ToString() => _text.ToString();

    private void Write(ReadOnlySpan<char> text)
    {
        var over = Math.Min(_text.Length - _cursor, text.Length);
        for (var i = 0; i < over; i++) _text[_cursor + i] = text[i];
        _text.Append(text[over..]);
        _cursor += text.Length;
    }

    private void Move(char control)
    {
        if (control == '\n')
        {
            _text.Append('\n');
            _lineStart = _cursor = _text.Length;
        }
        else if (control == '\r')
        {
            _cursor = _lineStart;
        }
        else if (_cursor > _lineStart)
        {
            _cursor--;
        }
    }
}
