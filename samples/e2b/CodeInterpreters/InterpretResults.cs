using System.Text;
using KernelGateway.Client.Legacy;
using KernelGateway.Executions;

namespace Samples.CodeInterpreters;

internal static class InterpretResults
{
    public static async Task RunAsync()
    {
        await using var sandbox = await CodeInterpreter.CreateAsync();
        foreach (var code in (string[])["1 / 0", "import math\nmath.factorial(5)", "print('only a log')", "x = 1"])
        {
            Console.WriteLine(Describe(await sandbox.Notebook.ExecCellAsync(code)));
        }
    }

    /// <summary>Tells a language model what its code has done.</summary>
    private static string Describe(ExecutionResult execution)
    {
        // The code failed: return the error.
        if (execution.Error is { } error) return $"There was an error during execution: {error.Name}: {error.Value}.";

        // It has results: summarise them.
        var message = new StringBuilder();
        if (execution.Results.Count > 0)
        {
            message.Append("These are results of the execution:");
            foreach (var (index, result) in execution.Results.Index())
            {
                message.Append($" Result {index + 1}: {(result.IsMainResult ? "[Main result]" : "[Display data]")}: {result.Text}");
                if (result.Formats().Count > 0) message.Append($" It has following formats: {string.Join(", ", result.Formats())}");
            }

            return message.ToString();
        }

        // It has none: perhaps it has written something.
        if (execution.Logs.Stdout.Count == 0 && execution.Logs.Stderr.Count == 0) return "There was no output of the execution.";
        message.Append("There was no result of the execution, but here are the logs:");
        if (execution.Logs.Stdout.Count > 0) message.Append($" Stdout: {string.Concat(execution.Logs.Stdout).TrimEnd()}");
        if (execution.Logs.Stderr.Count > 0) message.Append($" Stderr: {string.Concat(execution.Logs.Stderr).TrimEnd()}");
        return message.ToString();
    }
}
