using KernelGateway.Executions;

namespace KernelGateway.Server.Run;

/// <summary>Shows one execution while it runs and returns the exit code.</summary>
internal sealed class TerminalRun(Execution execution, Terminal terminal, InterruptSignal interrupt)
{
    private bool _errorShown;

    public async Task<int> WaitAsync()
    {
        await using var registration = interrupt.Token.Register(() => _ = execution.InterruptAsync(CancellationToken.None));
        var end = default(ExecutionEnd);
        await foreach (var executionEvent in execution.ReadEventsAsync(0, CancellationToken.None))
        {
            Show(executionEvent);
            if (executionEvent is not EndEvent over) continue;
            end = over.End;
            break;
        }

        return Conclude(end!);
    }

    private void Show(ExecutionEvent executionEvent)
    {
        terminal.WriteEvent(executionEvent);
        _errorShown |= executionEvent is ErrorEvent;

        // On the side: Ctrl-C has to end the code while it waits for a line.
        if (executionEvent is InputRequestEvent request) _ = Task.Run(() => AnswerAsync(request));
    }

    private async Task AnswerAsync(InputRequestEvent request)
    {
        try
        {
            if (terminal.ReadLine(request.Prompt, request.IsPassword) is { } line) await execution.SendInputAsync(line);
            else await execution.InterruptAsync();
        }
        catch (Exception exception) when (exception is InvalidOperationException or KernelGatewayException or IOException)
        {
            // The code has ended in the meantime and needs no line any more.
        }
    }

    private int Conclude(ExecutionEnd end)
    {
        if (end.Reason is not (ExecutionEndReason.Completed or ExecutionEndReason.Error) && (!_errorShown || end.Reason == ExecutionEndReason.TimedOut))
        {
            terminal.WriteNotice(end.Message ?? $"The execution ended: {ExecutionEnd.WireName(end.Reason)}.");
        }

        if (interrupt.Token.IsCancellationRequested) return ExitCodes.Interrupted;
        return end.Reason switch
        {
            ExecutionEndReason.Completed when !_errorShown => ExitCodes.Success,
            ExecutionEndReason.TimedOut => ExitCodes.TimedOut,
            _ => ExitCodes.Failure,
        };
    }
}
