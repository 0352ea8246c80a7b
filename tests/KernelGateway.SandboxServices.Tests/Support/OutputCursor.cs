using System.Text;
using KernelGateway.SandboxServices.Processes;

namespace KernelGateway.SandboxServices.Tests.Support;

/// <summary>A reader of a process that waits for what a test expects.</summary>
public sealed class OutputCursor(SandboxProcess process, CancellationToken token, long? after = -1) : IAsyncDisposable
{
    private readonly CancellationTokenSource _leaving = CancellationTokenSource.CreateLinkedTokenSource(token);
    private readonly StringBuilder _text = new();
    private IAsyncEnumerator<ProcessOutput>? _outputs;
    private Task<bool>? _next;

    public ProcessOutput Current => Outputs.Current;

    private IAsyncEnumerator<ProcessOutput> Outputs =>
        _outputs ??= process.ReadOutputAsync(after, _leaving.Token).GetAsyncEnumerator(CancellationToken.None);

    /// <summary>Reads until a text has come, and has received all of it; gives everything up to its end.</summary>
    public async Task<string> ReadUntilAsync(string expected)
    {
        while (true)
        {
            var text = _text.ToString();
            var found = text.IndexOf(expected, StringComparison.Ordinal);
            if (found >= 0)
            {
                _text.Remove(0, found + expected.Length);
                return text[..(found + expected.Length)];
            }

            if (!await MoveNextAsync()) throw new InvalidOperationException($"'{expected}' has not come, but: {text}");
            _text.Append(Encoding.UTF8.GetString(Current.Data.Span));
            _next = Outputs.MoveNextAsync().AsTask();
        }
    }

    /// <summary>Gets the next piece, which the reader has received only when it asks for another.</summary>
    public Task<bool> MoveNextAsync()
    {
        var next = _next ?? Outputs.MoveNextAsync().AsTask();
        _next = null;
        return next;
    }

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        if (_next is not null) await _next.ContinueWith(_ => { }, TaskScheduler.Default);
        if (_outputs is not null) await _outputs.DisposeAsync();
        _leaving.Dispose();
    }
}
