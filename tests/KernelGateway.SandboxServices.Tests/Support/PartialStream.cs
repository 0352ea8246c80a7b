using KernelGateway.SandboxServices.Files;

namespace KernelGateway.SandboxServices.Tests.Support;

/// <summary>A stream that returns its content in parts and can fail at the end.</summary>
internal sealed class PartialStream(byte[] content, int partBytes, bool failsAtEnd = false) : ReadOnlyStream
{
    private int _position;

    public Action? BeforeFailure { get; init; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        var count = Math.Min(Math.Min(buffer.Length, partBytes), content.Length - _position);
        if (count == 0 && failsAtEnd)
        {
            BeforeFailure?.Invoke();
            throw new EndOfStreamException("The client has left.");
        }

        content.AsMemory(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }
}
