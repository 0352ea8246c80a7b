using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using KernelGateway.Protocol.Json;

namespace KernelGateway.Protocol.Mime;

/// <summary>Decodes base64 in a JSON string, directly from its bytes if possible.</summary>
internal static class Base64Value
{
    public static bool TryDecode(RawJson value, [NotNullWhen(true)] out byte[]? bytes)
    {
        if (value.Kind == JsonValueKind.String)
        {
            var text = value.Bytes.Span[1..^1];
            if (!text.Contains((byte)'\\')) return TryDecode(text, out bytes);
        }
        // Old kernels break lines with \n, R escapes every slash, notebooks contain lists of lines.
        bytes = null;
        return value.Kind is JsonValueKind.String or JsonValueKind.Array
            && value.AsText() is { } decoded && TryDecode(Encoding.UTF8.GetBytes(decoded), out bytes);
    }

    private static bool TryDecode(ReadOnlySpan<byte> base64, [NotNullWhen(true)] out byte[]? bytes)
    {
        var buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        var status = Base64.DecodeFromUtf8(base64, buffer, out _, out var length);
        bytes = status == OperationStatus.Done ? buffer.AsSpan(0, length).ToArray() : null;
        return bytes is not null;
    }
}
