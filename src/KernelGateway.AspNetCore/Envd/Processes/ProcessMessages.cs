using Google.Protobuf;
using KernelGateway.AspNetCore.Envd.Messages;
using KernelGateway.SandboxServices.Processes;

namespace KernelGateway.AspNetCore.Envd.Processes;

/// <summary>Converts output and ends of processes to messages.</summary>
internal static class ProcessMessages
{
    public static ProcessEvent.Types.DataEvent Create(ProcessOutput output, bool isTerminal)
    {
        if (output.Kind == ProcessOutputKind.Dropped)
        {
            var notice = ByteString.CopyFromUtf8(
                $"[kernel-gateway: {output.DroppedBytes} bytes of output were dropped while no client was connected]\n");
            return isTerminal ? new ProcessEvent.Types.DataEvent { Pty = notice } : new ProcessEvent.Types.DataEvent { Stderr = notice };
        }

        // The message is written before the next output is asked for.
        var data = UnsafeByteOperations.UnsafeWrap(output.Data);
        return output.Kind switch
        {
            ProcessOutputKind.StandardError => new ProcessEvent.Types.DataEvent { Stderr = data },
            ProcessOutputKind.Terminal => new ProcessEvent.Types.DataEvent { Pty = data },
            _ => new ProcessEvent.Types.DataEvent { Stdout = data },
        };
    }

    public static ProcessEvent.Types.EndEvent Create(ProcessEnd end)
    {
        var message = new ProcessEvent.Types.EndEvent { ExitCode = end.ExitCode, Exited = end.IsExited, Status = end.StatusText };
        if (end.Error is { } error) message.Error = error;
        return message;
    }
}
