// Runs Python files as background jobs, two at a time, each in a context of its own: dotnet run -- jobs/report.py jobs/broken.py
// A job that needs more than a minute is stopped; JOB_SECONDS changes that. Ctrl+C interrupts what runs. The exit code is 1 if a job failed.
using System.Threading.Channels;
using JobQueue;

var builder = Host.CreateApplicationBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddKernelGateway(options => options.Contexts.MaxContexts = JobWorker.MaxRunning);
builder.Services.AddSingleton(new JobOptions(TimeSpan.FromSeconds(builder.Configuration.GetValue("JOB_SECONDS", 60.0))));
// Bounded, so that whoever adds jobs faster than they run waits.
builder.Services.AddSingleton(Channel.CreateBounded<Job>(capacity: 100));
builder.Services.AddHostedService<JobWorker>();
using var host = builder.Build();
await host.StartAsync();

var jobs = host.Services.GetRequiredService<Channel<Job>>();
foreach (var file in args) await jobs.Writer.WriteAsync(new Job(Path.GetFileNameWithoutExtension(file), await File.ReadAllTextAsync(file)));
jobs.Writer.Complete();

await host.WaitForShutdownAsync();
return JobWorker.Failures == 0 ? 0 : 1;
