// A web application with kernels: all routes of the gateway below /kernels, and a route of its own that computes with Python.
//   TOKEN=… dotnet run -- --urls http://127.0.0.1:8080
//   curl 'http://127.0.0.1:8080/statistics?numbers=1,2,6'
//   curl -N http://127.0.0.1:8080/kernels/execute -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"code": "6 * 7"}'
using System.Globalization;
using KernelGateway;

var builder = WebApplication.CreateBuilder(args);
// Without a token of its own, the gateway generates one and logs it.
builder.Services.AddKernelGateway().ConfigureHttp(http => http.Token = builder.Configuration["TOKEN"]);

var app = builder.Build();
app.MapGroup("/kernels").MapKernelGateway();

app.MapGet("/statistics", async (string numbers, Gateway gateway, CancellationToken cancellationToken) =>
{
    // Data go into the code as numbers that were parsed, never as the text of the request.
    var values = new List<double>();
    foreach (var part in numbers.Split(','))
    {
        if (!double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
        {
            return Results.BadRequest(new { error = $"'{part}' is not a number" });
        }
        values.Add(value);
    }

    // A context of its own for each request. A request that is aborted interrupts its code.
    var context = await gateway.Contexts.CreateAsync(new() { Language = "python" }, cancellationToken);
    try
    {
        var list = string.Join(", ", values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
        var execution = await context.RunAsync(
            $"import statistics\nnumbers = [{list}]\nprint(statistics.fmean(numbers), statistics.median(numbers))",
            new() { Timeout = TimeSpan.FromSeconds(10) },
            cancellationToken: cancellationToken);
        if (execution.Error is { } error) return Results.Problem($"{error.Name}: {error.Value}");

        var results = string.Concat(execution.Logs.Stdout).Split(' ');
        return Results.Ok(new
        {
            mean = double.Parse(results[0], CultureInfo.InvariantCulture),
            median = double.Parse(results[1], CultureInfo.InvariantCulture),
        });
    }
    finally
    {
        await gateway.Contexts.RemoveAsync(context.Id);
    }
});

app.Run();
