using System.Runtime.CompilerServices;
using System.Text;

namespace KernelGateway.Client;

/// <summary>Keeps the output of a command: one writer, any number of readers, each from the beginning.</summary>
internal sealed class OutputLog
{
    private readonly Lock _lock = new();
    private readonly List<CommandOutput> _chunks = [];
    private readonly Decoder _stdout = Encoding.UTF8.GetDecoder();
    private readonly Decoder _stderr = Encoding.UTF8.GetDecoder();
    private TaskCompletionSource _changed = NewSignal();
    private bool _isComplete;

    /// <summary>Adds bytes; returns the text that they complete, which is empty within a character.</summary>
    public string Add(byte[] bytes, bool isError) => Add(Decode(isError ? _stderr : _stdout, bytes, isEnd: false), isError);

    /// <summary>Marks the end: characters that are not complete become U+FFFD.</summary>
    public void Complete()
    {
        Add(Decode(_stdout, [], isEnd: true), isError: false);
        Add(Decode(_stderr, [], isEnd: true), isError: true);
        Signal(isComplete: true);
    }

    /// <summary>Returns what has come so far.</summary>
    public string Text(bool isError)
    {
        lock (_lock) return string.Concat(_chunks.Where(chunk => chunk.IsError == isError).Select(chunk => chunk.Text));
    }

    /// <summary>Gives the chunks, those that have come already first, until the end.</summary>
    public async IAsyncEnumerable<CommandOutput> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var next = 0; ;)
        {
            CommandOutput? chunk;
            Task changed;
            lock (_lock)
            {
                chunk = next < _chunks.Count ? _chunks[next] : null;
                if (chunk is null && _isComplete) yield break;
                changed = _changed.Task;
            }

            if (chunk is { } output)
            {
                next++;
                yield return output;
            }
            else
            {
                await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string Decode(Decoder decoder, byte[] bytes, bool isEnd)
    {
        var characters = new char[decoder.GetCharCount(bytes, isEnd)];
        decoder.GetChars(bytes, characters, isEnd);
        return new string(characters);
    }

    private string Add(string text, bool isError)
    {
        if (text.Length == 0) return text;
        lock (_lock) _chunks.Add(new CommandOutput(text, isError));
        Signal(isComplete: false);
        return text;
    }

    private void Signal(bool isComplete)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _isComplete |= isComplete;
            (changed, _changed) = (_changed, NewSignal());
        }

        changed.SetResult();
    }
}
