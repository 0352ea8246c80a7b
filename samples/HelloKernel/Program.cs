// Runs Python in a kernel of this process's gateway: output while it comes, the value of the cell, an error, an image.
using KernelGateway;

await using var gateway = await Gateway.StartAsync();
var context = await gateway.Contexts.CreateAsync(new() { Language = "python" });

var execution = await context.RunAsync(
    "for i in range(3): print('step', i)\ntotal = sum(range(10))\ntotal",
    new() { Timeout = TimeSpan.FromSeconds(30) },
    new() { OnStdout = Console.Write });
Console.WriteLine($"value: {execution.Text}");

// The context keeps its variables. An error of the code is a result, not an exception.
execution = await context.RunAsync("total / 0");
Console.WriteLine($"error: {execution.Error?.Name}: {execution.Error?.Value}");

// A result can have several representations, such as HTML and text of a table, or an image.
execution = await context.RunAsync("""
    from IPython.display import HTML
    HTML(f'<b>{total}</b>')
    """);
Console.WriteLine($"HTML: {execution.Results[0].Html}");
Console.WriteLine($"ended: {execution.End.Reason}");
