using System.Buffers;

namespace KernelGateway.AspNetCore.Envd.Connect;

/// <summary>A message that can write its own JSON, where the general formatter would cost too much.</summary>
internal interface IJsonWritable
{
    /// <summary>Writes it as UTF-8; false to leave it to the general formatter.</summary>
    bool TryWriteJson(IBufferWriter<byte> output);
}
