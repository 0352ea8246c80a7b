using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Notebooks;

namespace KernelGateway.Server.Run;

/// <summary>Runs a notebook, shows its progress, shows its outputs or writes them to a file, and returns the exit code.</summary>
internal sealed class NotebookTerminalRun(CodeContext context, Notebook notebook, Terminal terminal, NotebookFile? output)
{
    public async Task<int> RunAsync(NotebookRunOptions options, CancellationToken interrupted)
    {
        var callbacks = new NotebookCallbacks
        {
            OnCellStarting = progress => terminal.WriteNotice($"cell {progress.Number} of {progress.Total}"),
            OnEvent = output is null ? (_, executionEvent) => terminal.WriteEvent(executionEvent) : null,
        };
        try
        {
            var run = await NotebookRunner.RunAsync(context, notebook, options, callbacks, interrupted);
            Save();
            return Conclude(run);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            Save();
            return ExitCodes.Interrupted;
        }
    }

    private void Save()
    {
        if (output is null) return;
        output.Write(notebook);
        terminal.WriteNotice($"{output} written");
    }

    private int Conclude(NotebookRun run)
    {
        if (run.Failure is not { } failure)
        {
            terminal.WriteNotice($"{run.CellsRun} of {run.CellsTotal} cells run");
            return ExitCodes.Success;
        }

        terminal.WriteNotice($"{run.CellsRun} of {run.CellsTotal} cells run, the last one failed: {failure.Error.Name}: {failure.Error.Value}");
        return failure.Reason == ExecutionEndReason.TimedOut ? ExitCodes.TimedOut : ExitCodes.Failure;
    }
}
