namespace KernelGateway.Zmtp;

/// <summary>Makes what a peer says about itself fit for a message to people.</summary>
/// <remarks>Such messages are logged: a peer could write lines of its own into the log, or fill it.</remarks>
internal static class PeerText
{
    private const int LongestText = 255;

    /// <summary>Returns bytes as text: unprintable bytes become question marks, and text beyond 255 characters is cut.</summary>
    public static string Printable(ReadOnlySpan<byte> bytes) =>
        string.Create(Math.Min(bytes.Length, LongestText), bytes, static (target, source) =>
        {
            for (var i = 0; i < target.Length; i++)
                target[i] = source[i] is >= 0x20 and < 0x7F ? (char)source[i] : '?';
        });
}
