using System.Globalization;
using System.Text;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Soak.Cells;
using KernelGateway.Testing.Scripting;

namespace KernelGateway.Soak.Kernels;

/// <summary>Runs scripted cells: <c>KIND TOKEN LINES</c>, with one message per line.</summary>
internal sealed class ScriptedCellRunner
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly ScriptedKernel _kernel;
    private int _count;

    private ScriptedCellRunner(ScriptedKernel kernel) => _kernel = kernel;

    public static void Install(ScriptedKernel kernel)
    {
        var runner = new ScriptedCellRunner(kernel);
        kernel.On(MessageTypes.ExecuteRequest, runner.ExecuteAsync);
    }

    private Task ExecuteAsync(KernelRequest request)
    {
        var code = request.ReadContent<ExecuteRequest>().Code.Split(' ');
        return code.Length == 3 && Enum.TryParse<CellKind>(code[0], out var kind)
            ? RunAsync(request, kind, code[1], int.Parse(code[2], CultureInfo.InvariantCulture))
            : _kernel.Language.ExecuteAsync(request);
    }

    private async Task RunAsync(KernelRequest request, CellKind kind, string token, int lines)
    {
        var count = ++_count;
        await request.BusyAsync();
        await request.ExecuteInputAsync(count);
        try
        {
            await PrintAsync(request, kind, token, lines);
            if (kind == CellKind.Fails)
            {
                await request.ErrorAsync("SoakError", token);
                await request.ReplyErrorAsync(count, "SoakError", token);
            }
            else if (kind != CellKind.LosesReply)
            {
                await request.ReplyOkAsync(count);
            }
        }
        catch (OperationCanceledException) when (request.Interrupted.IsCancellationRequested)
        {
            await request.ErrorAsync("KeyboardInterrupt", "");
            await request.ReplyErrorAsync(count, "KeyboardInterrupt", "");
        }

        if (kind != CellKind.LosesIdle) await request.IdleAsync();
    }

    private async Task PrintAsync(KernelRequest request, CellKind kind, string token, int lines)
    {
        for (var i = 1; kind is CellKind.Endless or CellKind.Stubborn || i <= lines; i++)
        {
            if (request.Interrupted.IsCancellationRequested && kind == CellKind.Stubborn) return;
            request.Interrupted.ThrowIfCancellationRequested();
            await request.StreamAsync("stdout", string.Create(CultureInfo.InvariantCulture, $"{token} {i}\n"));
            switch (kind)
            {
                case CellKind.Sleeps:
                    await Task.Delay(Timeout.InfiniteTimeSpan, request.Interrupted);
                    break;
                case CellKind.Stubborn:
                    await Task.Delay(Pause, CancellationToken.None);
                    break;
                case CellKind.Endless or CellKind.Paced:
                    await Task.Delay(Pause, request.Interrupted);
                    break;
                case CellKind.Noisy:
                    await MakeNoiseAsync(request);
                    break;
            }
        }

        if (kind == CellKind.Dies) Environment.Exit(3);
    }

    // A message of an unknown type is relayed. A message without a valid signature is dropped by its receiver.
    private async Task MakeNoiseAsync(KernelRequest request)
    {
        await _kernel.SendAsync(KernelChannel.IOPub, _kernel.Factory.Create("soak_noise", "{}"u8.ToArray(), request.Message), ["noise"u8.ToArray()]);
        ReadOnlyMemory<byte>[] forged =
        [
            "noise"u8.ToArray(), "<IDS|MSG>"u8.ToArray(), Encoding.ASCII.GetBytes(new string('0', 64)),
            "{\"msg_type\":\"stream\",\"msg_id\":\"1\"}"u8.ToArray(), "{}"u8.ToArray(), "{}"u8.ToArray(),
            "{\"name\":\"stdout\",\"text\":\"forged\\n\"}"u8.ToArray(),
        ];
        await _kernel.SendFramesAsync(KernelChannel.IOPub, forged);
    }
}
