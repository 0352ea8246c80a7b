using System.Text;

namespace KernelGateway.Mcp.Resources;

/// <summary>Tells text from other content.</summary>
internal static class PlainText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Returns the text of UTF-8; null when the bytes are something else.</summary>
    public static string? TryDecode(byte[] content)
    {
        if (content.AsSpan().Contains((byte)0)) return null;
        try
        {
            return Strict.GetString(content);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
